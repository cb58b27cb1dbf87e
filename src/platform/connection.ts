import type { Socket } from "node:net";
import type { DeviceRecord } from "./device-table.js";
import type { FrameState } from "./frame-splitter.js";
import type { Subscriptions } from "./subscriptions.js";

/**
 * One MQTT connection. There may be tens of thousands: no timer, parser or emitter of its own, and what few need is null
 * until it is needed.
 */
export type Connection = FrameState & {
  readonly socket: Socket;
  /** `waiting` for its CONNECT, `online`, or `closing`: told to go, its bytes are no longer read. */
  state: "waiting" | "online" | "closing";
  /** Monotonic ms: since when it waits or closes, or when its last packet was complete. */
  since: number;
  /** How far in the past `since` may lie before the sweep ends the connection, ms. */
  patienceMs: number;
  /** The device, from login on. */
  device: DeviceRecord | null;
  /** All of a full broadcast's topic before the message id, as bytes. Empty before login. */
  topicPrefix: Uint8Array;
  /** The connection's place in its product's list of online connections; -1 outside it. */
  slot: number;
  subscriptions: Subscriptions | null;
  /** Packet ids of QoS 1 messages the device has not acknowledged. */
  unacked: Set<number> | null;
  lastPacketId: number;
};

const NO_PREFIX = new Uint8Array(0);

/** A connection that was just accepted. */
export const createConnection = (
  socket: Socket,
  now: number,
  patienceMs: number,
  maxFrameBytes: number,
): Connection => ({
  socket,
  state: "waiting",
  since: now,
  patienceMs,
  device: null,
  topicPrefix: NO_PREFIX,
  slot: -1,
  subscriptions: null,
  unacked: null,
  lastPacketId: 0,
  maxFrameBytes,
  partial: null,
  filled: 0,
});
