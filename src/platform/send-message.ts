import type { Broker } from "./broker.js";
import { writeTo } from "./close-connection.js";
import type { Connection } from "./connection.js";
import type { DeviceRecord } from "./device-table.js";
import { type DownMessage, encodeMessage, messageWeight, type NewMessage, stampMessage } from "./down-message.js";
import { tally } from "./platform-counters.js";
import { pumpSession } from "./pump-session.js";
import { addWeight, type Session } from "./session.js";
import { ensureSession, keptSession } from "./session-store.js";
import { matchesTopic } from "./subscriptions.js";

/**
 * Sends one message to one device, or counts why not. It must be subscribed. QoS 0 goes to a device that is online; QoS 1 also
 * waits for one that left a persistent session, and behind those that are not acknowledged. What waits is bounded in number, in
 * bytes and in time. [MQTT protocol: QoS 1 messages are kept 7 days] [MQTT-3.1.2-5]
 */
export const sendMessage = (broker: Broker, device: DeviceRecord, message: NewMessage): void => {
  const now = broker.monotonicMs();
  const stamped = stampMessage(message, now, broker.limits.messageKeepMs);
  const obstacle =
    device.connection === null
      ? keep(broker, keptSession(broker.sessions, device, now), stamped)
      : send(broker, device.connection, stamped);
  if (obstacle !== null) tally(broker.counters.undelivered, obstacle);
};

/** Why a message cannot be kept for a device that is offline, or null. */
const keep = (broker: Broker, session: Session | null, message: DownMessage): string | null => {
  if (session === null || message.qos === 0) return "offline";
  return matchesTopic(session.subscriptions, message.topic) ? enqueue(broker, session, message) : "not-subscribed";
};

/** Why a message cannot be sent to a device that is online, or null. */
const send = (broker: Broker, connection: Connection, message: DownMessage): string | null => {
  const { subscriptions, terms } = connection;
  if (subscriptions === null || !matchesTopic(subscriptions, message.topic)) return "not-subscribed";
  if (message.qos === 1) {
    const obstacle = enqueue(broker, ensureSession(connection), message);
    pumpSession(broker, connection);
    return obstacle;
  }
  const packet = encodeMessage(message, terms === null ? 4 : 5, 0, false, broker.monotonicMs());
  if (terms !== null && packet.length > terms.maxPacketBytes) return "over-client-limit"; // [MQTT5-3.1.2-24]
  if (!writeTo(broker, connection, packet)) return "slow-reader";
  broker.counters.deliveries += 1;
  return null;
};

/** Puts a message at the end of a queue, or answers why there is no room. */
const enqueue = (broker: Broker, session: Session, message: DownMessage): string | null => {
  const { limits, sessions } = broker;
  const weight = messageWeight(message);
  if (session.queue.length >= limits.queuedMessages || session.bytes + weight > limits.queuedBytes) return "queue-full";
  if (sessions.bytes + weight > limits.allQueuedBytes) return "queues-full";
  addWeight(sessions, session, message);
  session.queue.push(message);
  return null;
};
