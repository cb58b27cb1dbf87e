import type { Duplex } from "node:stream";
import type { DeviceRecord } from "./device-table.js";
import type { FrameState } from "./frame-splitter.js";
import type { Session } from "./session.js";
import type { Subscriptions } from "./subscriptions.js";
import type { UpstreamWindow } from "./upstream-rate.js";

/** A TCP or TLS socket, or a WebSocket's stream of bytes. */
export type MqttStream = Duplex & { readonly remoteAddress?: string | undefined };

/** What an MQTT 5 client stated in its CONNECT. */
export type Mqtt5Terms = {
  /** QoS 1 messages it takes unacknowledged. [MQTT5-3.1.2.11.3] */
  readonly receiveMaximum: number;
  /** The longest packet it takes, bytes. [MQTT5-3.1.2.11.4] */
  readonly maxPacketBytes: number;
};

/**
 * One MQTT connection. There may be tens of thousands: no timer, parser or emitter of its own, and what few need is null
 * until it is needed.
 */
export type Connection = FrameState & {
  readonly socket: MqttStream;
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
  /** Null on MQTT 3.1 and 3.1.1. */
  terms: Mqtt5Terms | null;
  /** Null until there is something to remember. */
  session: Session | null;
  /** Those of the session, where there are any. */
  subscriptions: Subscriptions | null;
  upstream: UpstreamWindow | null;
  /** Packets behind a CONNECT that waits for another process's word; null where none waits. */
  held: Buffer[] | null;
};

const NO_PREFIX = new Uint8Array(0);

/** A connection that was just accepted. */
export const createConnection = (
  socket: MqttStream,
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
  terms: null,
  session: null,
  upstream: null,
  held: null,
  maxFrameBytes,
  partial: null,
  filled: 0,
});
