import type { Duplex } from "node:stream";
import type { LeanSocket } from "../tcp/lean-socket.js";
import type { DeviceRecord } from "./device-table.js";
import type { FrameState } from "./frame-splitter.js";
import type { Session } from "./session.js";
import type { Subscriptions } from "./subscriptions.js";
import type { UpstreamWindow } from "./upstream-rate.js";

/** What carries a connection's bytes: a plain socket, a TLS one, or a WebSocket's stream. Bytes written belong to it. */
export type MqttStream = {
  readonly remoteAddress?: string | undefined;
  readonly writable: boolean;
  /** Bytes that wait to be sent. */
  readonly writableLength: number;
  write(bytes: Uint8Array): unknown;
  /** Ends it behind what was written. */
  end(): unknown;
  /** Reads nothing until it is resumed. */
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
};

/** A stream of bytes of TLS or WebSocket. */
export type MqttDuplex = Duplex & { readonly remoteAddress?: string | undefined };

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
  /** The same where it is a plain socket, which tells at once whether written bytes are gone; null otherwise. */
  readonly plain: LeanSocket<Connection> | null;
  /** Its place in the list of all connections, which the sweep walks through. */
  place: number;
  /** `waiting` for its CONNECT, `online`, or `closing`: told to go, its bytes are no longer read. */
  state: "waiting" | "online" | "closing";
  /** Monotonic ms: since when it waits or closes, or when its last packet was complete. */
  since: number;
  /** How far in the past `since` may lie before the sweep ends the connection, ms. */
  patienceMs: number;
  /** The device, from login on. */
  device: DeviceRecord | null;
  /** The connection's place in its product's list of online connections; -1 outside it. */
  slot: number;
  /** Null on MQTT 3.1 and 3.1.1. */
  terms: Mqtt5Terms | null;
  /** Null until there is something to remember. */
  session: Session | null;
  /** Those of the session, where there are any. */
  subscriptions: Subscriptions | null;
  upstream: UpstreamWindow | null;
  /** Called once when nothing waits to be sent any more; null where nobody waits for that. */
  onDrained: (() => void) | null;
  /** Packets behind a CONNECT that waits for another process's word; null where none waits. */
  held: Buffer[] | null;
};

/** A connection that was just accepted, over a stream or a plain socket. */
export const createConnection = (
  socket: MqttStream,
  plain: LeanSocket<Connection> | null,
  now: number,
  patienceMs: number,
  maxFrameBytes: number,
): Connection => ({
  socket,
  plain,
  place: -1,
  state: "waiting",
  since: now,
  patienceMs,
  device: null,
  slot: -1,
  subscriptions: null,
  terms: null,
  session: null,
  upstream: null,
  onDrained: null,
  held: null,
  maxFrameBytes,
  partial: null,
  filled: 0,
});
