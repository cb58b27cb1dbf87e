import { encodePublish } from "../protocol/publish-packet.js";
import type { Broker } from "./broker.js";
import { writeTo } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { tally } from "./platform-counters.js";
import { matchesTopic } from "./subscriptions.js";

/**
 * Sends one message to one device if it is online and subscribed; otherwise counts why not. QoS 1 takes a packet id and, with
 * the documented number unacknowledged, is not sent: nothing is stored for later. [Limits: unacknowledged QoS 1 messages]
 */
export const deliverMessage = (
  broker: Broker,
  connection: Connection | null,
  topic: string,
  body: Uint8Array,
  qos: 0 | 1,
): void => {
  const obstacle = send(broker, connection, topic, body, qos);
  if (obstacle === null) broker.counters.deliveries += 1;
  else tally(broker.counters.undelivered, obstacle);
};

/** Why the message was not sent, or null. */
const send = (
  broker: Broker,
  connection: Connection | null,
  topic: string,
  body: Uint8Array,
  qos: 0 | 1,
): string | null => {
  if (connection === null || connection.state !== "online") return "offline";
  if (connection.subscriptions === null || !matchesTopic(connection.subscriptions, topic)) return "not-subscribed";
  let packetId = 0;
  if (qos === 1) {
    connection.unacked ??= new Set();
    if (connection.unacked.size >= broker.limits.unackedPerDevice) return "too-many-unacked";
    packetId = nextPacketId(connection.lastPacketId, connection.unacked);
    connection.lastPacketId = packetId;
    connection.unacked.add(packetId);
  }
  return writeTo(broker, connection, encodePublish(topic, body, qos, packetId)) ? null : "slow-reader";
};

/** The next id that is not in use, 1 to 65,535; there is one, because far fewer may be in use. [MQTT-2.3.1-4] */
const nextPacketId = (last: number, used: ReadonlySet<number>): number => {
  let id = last;
  do id = (id % 0xffff) + 1;
  while (used.has(id));
  return id;
};
