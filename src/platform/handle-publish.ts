import type { IPublishPacket } from "mqtt-packet";
import { isTopicName } from "../protocol/topics.js";
import type { Broker } from "./broker.js";
import { writeTo } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { answerService } from "./device-services.js";
import type { DeviceRecord } from "./device-table.js";
import { tally } from "./platform-counters.js";
import { REASON } from "./reason-codes.js";
import { mayPublish } from "./topic-permissions.js";
import { isWithinRate } from "./upstream-rate.js";

/**
 * A message of a device: counted, shown to the observers, answered where a service of the platform is meant, and acknowledged
 * where it asks for it. What is dropped is acknowledged too, which keeps the connection: 3.1.1 has no other way to say no, and
 * on 5 the acknowledgement says why. The retain flag is ignored on 3.1.1 and refused on 5, where that was announced.
 * Answers why the connection must be cut, or null.
 */
export const handlePublish = (broker: Broker, connection: Connection, packet: IPublishPacket): string | null => {
  const { device, terms } = connection;
  if (device === null) return null;
  if (packet.qos === 2) return "qos-2"; // not offered [MQTT protocol: QoS] [MQTT5-3.2.2-11]
  if (terms !== null && packet.properties?.topicAlias !== undefined) return "topic-alias"; // [MQTT5-3.2.2-17]
  if (terms !== null && packet.retain) return "retain"; // [MQTT5-3.2.2-14]
  if (!isTopicName(packet.topic)) return "malformed-packet"; // [MQTT-3.3.2-2] [MQTT-4.7.3-1]
  const { qos, topic } = packet;
  const obstacle = obstacleTo(broker, connection, device, packet, qos);
  if (obstacle !== null) tally(broker.counters.upstreamDropped, obstacle.reason);
  if (qos === 1)
    writeTo(broker, connection, encodePuback(packet.messageId ?? 0, terms === null ? 0 : (obstacle?.code ?? 0)));
  if (obstacle === null) {
    broker.counters.upstream += 1;
    const body = bytesOf(packet.payload);
    for (const observe of broker.upstreamObservers) observe(device, topic, body);
    answerService(broker, connection, topic, body);
  }
  return null;
};

/** Why a message is dropped, or null. */
const obstacleTo = (
  broker: Broker,
  connection: Connection,
  device: DeviceRecord,
  { topic, payload }: IPublishPacket,
  qos: 0 | 1,
): { readonly reason: string; readonly code: number } | null => {
  const { limits } = broker;
  if (!isWithinRate(connection, qos, broker.monotonicMs(), limits)) {
    return { reason: "rate-limit", code: REASON.quotaExceeded };
  }
  if (!mayPublish(topic, device, limits)) return { reason: "foreign-topic", code: REASON.notAuthorized };
  if (payload.length > limits.messageBytes) return { reason: "too-large", code: REASON.quotaExceeded };
  return null;
};

/** A copy: the bytes that were read are read into again, and an observer may keep what it got. */
const bytesOf = (payload: string | Buffer): Buffer =>
  typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload);

/** A PUBACK; success needs no reason code, on MQTT 5 either. [MQTT-3.3.4-1] [MQTT5-3.4.2.1] */
const encodePuback = (packetId: number, reason: number): Uint8Array =>
  reason === 0
    ? Uint8Array.of(0x40, 0x02, packetId >>> 8, packetId & 0xff)
    : Uint8Array.of(0x40, 0x03, packetId >>> 8, packetId & 0xff, reason);
