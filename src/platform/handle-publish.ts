import type { IPublishPacket } from "mqtt-packet";
import { isTopicName } from "../protocol/topics.js";
import type { Broker } from "./broker.js";
import { writeTo } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { tally } from "./platform-counters.js";
import { mayPublish } from "./topic-permissions.js";

/**
 * A message of a device: counted, and acknowledged where it asks for it. Only who observes
 * the broker consumes it. A topic that is not the device's
 * is dropped and still acknowledged, which keeps its connection: 3.1.1 has no other way to say no. The retain flag is ignored.
 * Answers why the connection must be cut, or null.
 */
export const handlePublish = (broker: Broker, connection: Connection, packet: IPublishPacket): string | null => {
  const { counters, limits } = broker;
  const { device } = connection;
  if (device === null) return null;
  if (packet.qos === 2) return "qos-2"; // not offered [MQTT protocol: QoS]
  if (!isTopicName(packet.topic)) return "malformed-packet";
  if (!mayPublish(packet.topic, device, limits)) tally(counters.upstreamDropped, "foreign-topic");
  else if (packet.payload.length > limits.messageBytes) tally(counters.upstreamDropped, "too-large");
  else {
    counters.upstream += 1;
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    for (const observe of broker.upstreamObservers) observe(device, packet.topic, payload);
  }
  const messageId = packet.messageId ?? 0;
  if (packet.qos === 1) writeTo(broker, connection, Uint8Array.of(0x40, 0x02, messageId >>> 8, messageId & 0xff));
  return null;
};
