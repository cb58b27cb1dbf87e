import { type DownMessage, messageWeight } from "./down-message.js";
import { createSubscriptions, type Subscriptions } from "./subscriptions.js";

/** What the platform remembers of a device between packets, and for a persistent session between connections. */
export type Session = {
  readonly subscriptions: Subscriptions;
  /** QoS 1 messages with a packet id that are not acknowledged, in the order of their first sending. [MQTT-4.6.0-1] */
  readonly inflight: Map<number, DownMessage>;
  /** Packet ids of an earlier connection that are still to be sent again, in that order. [MQTT-4.4.0-1] */
  readonly resend: number[];
  /** QoS 1 messages that have no packet id yet, the oldest first. */
  readonly queue: DownMessage[];
  /** What the messages of `inflight` and `queue` weigh, bytes. */
  bytes: number;
  lastPacketId: number;
  /** How long it outlives its connection, ms; 0 is not at all. */
  lifetimeMs: number;
  /** Whether sending waits for the socket to drain. */
  stalled: boolean;
};

/** What all sessions of a platform hold together, bytes. */
export type SessionBytes = { bytes: number };

/** An empty session. */
export const createSession = (lifetimeMs: number): Session => ({
  subscriptions: createSubscriptions(),
  inflight: new Map(),
  resend: [],
  queue: [],
  bytes: 0,
  lastPacketId: 0,
  lifetimeMs,
  stalled: false,
});

/** Counts a message in. */
export const addWeight = (total: SessionBytes, session: Session, message: DownMessage): void => {
  const weight = messageWeight(message);
  session.bytes += weight;
  total.bytes += weight;
};

/** Counts a message out that was acknowledged or dropped. */
export const removeWeight = (total: SessionBytes, session: Session, message: DownMessage): void => {
  const weight = messageWeight(message);
  session.bytes -= weight;
  total.bytes -= weight;
};

/** Forgets everything a session holds. */
export const clearSession = (total: SessionBytes, session: Session): void => {
  total.bytes -= session.bytes;
  session.bytes = 0;
  session.inflight.clear();
  session.resend.length = 0;
  session.queue.length = 0;
};

/** The next id that is not in use, 1 to 65,535; there is one, because far fewer may be in use. [MQTT-2.3.1-4] */
export const takePacketId = (session: Session): number => {
  let id = session.lastPacketId;
  do id = (id % 0xffff) + 1;
  while (session.inflight.has(id));
  session.lastPacketId = id;
  return id;
};
