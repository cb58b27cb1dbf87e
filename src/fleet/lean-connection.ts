import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { DeviceIndex } from "../domain/device.js";
import { bodyStart, DISCONNECT, encodePublish, fieldEnd, PACKET_TYPE, PINGREQ } from "../protocol/publish-packet.js";
import type { LeanSocket, SocketShare } from "../tcp/lean-socket.js";
import {
  BAD_FILTER,
  CLOSED,
  connackEnding,
  type Ending,
  KICKED,
  malformedEnding,
  socketEnding,
  subackEnding,
  WRITE_STALLED,
} from "./ending.js";
import type { EngineConnection, EngineCore } from "./engine-core.js";
import { endpointOf } from "./engine-options.js";
import { FrameReader } from "./frame-reader.js";
import { isKickNotice } from "./kick-notice.js";
import type { LeanHandlers } from "./lean-handlers.js";
import { encodeConnect, encodeSubscribe, filtersOf, subscribeCount, wantedFilters } from "./login-packets.js";

/** What all connections of one engine share. */
export type LeanShared = {
  readonly core: EngineCore<LeanConnection>;
  /** 1 where a PINGREQ is unanswered. */
  readonly pinged: Uint8Array;
  /** What plain sockets are made of; null where they are `net`'s. */
  readonly sockets: SocketShare<LeanConnection> | null;
  readonly handlers: LeanHandlers;
};

/** A plain socket, one of `net` or of `tls`. */
type AnySocket = LeanSocket<LeanConnection> | Socket;

type ConnectedSocket = Socket & { readonly connection: LeanConnection };

// one function for all sockets, not one a socket: `this` is the socket
function onConnected(this: ConnectedSocket): void {
  this.connection.login();
}
function onData(this: ConnectedSocket, chunk: Buffer): void {
  this.connection.readChunk(chunk);
}
function onError(this: ConnectedSocket, error: Error): void {
  this.connection.failed(error);
}
function onClose(this: ConnectedSocket): void {
  this.connection.closed();
}

const CONNECTING = 0;
const LOGGING_IN = 1;
const SUBSCRIBING = 2;
const ONLINE = 3;
const ENDED = 4;

/** What may wait unsent for a server that reads nothing, bytes. */
const MAX_UNSENT_BYTES = 64 * 1024;

/** One connection of one device, from dialling to its end; a device that comes back gets a new one. */
export class LeanConnection extends FrameReader implements EngineConnection {
  readonly device: DeviceIndex;
  readonly #shared: LeanShared;
  readonly #socket: AnySocket;
  #phase = CONNECTING;
  #kicked = false;
  /** The number of the SUBSCRIBE under way, from 1. */
  #subscribe = 0;
  #filters: readonly string[] | null = null;

  /** Dials at once. Throws where the dialer does. */
  constructor(shared: LeanShared, device: DeviceIndex) {
    super();
    shared.pinged[device] = 0;
    this.device = device;
    this.#shared = shared;
    this.#socket = this.#dial();
    shared.core.sockets.opened();
  }

  /** The socket is ready: CONNECT goes out. [MQTT-3.1.0-1] */
  login(): void {
    if (this.#phase !== CONNECTING) return;
    this.#phase = LOGGING_IN;
    this.#socket.write(encodeConnect(this.#shared.core.options, this.device));
  }

  /** `bytes[start…end)` came in, at the handlers' `now`. */
  read(bytes: Buffer, start: number, end: number): void {
    if (this.#phase === ENDED) return;
    this.feed(bytes, start, end);
    if (this.#phase === ONLINE) this.#shared.handlers.atEase[this.device] = this.isWhole ? this : null;
  }

  /** The socket's `data` event. */
  readChunk(chunk: Buffer): void {
    this.#shared.handlers.arrived();
    this.read(chunk, 0, chunk.length);
  }

  /** The socket's `error` event. */
  failed(error: Error): void {
    this.end(socketEnding(error, endpointOf(this.#shared.core.options, this.device)), false);
  }

  /** The socket's `close` event. */
  closed(): void {
    this.end(CLOSED, false);
    this.#shared.core.sockets.closed(this.#socket);
  }

  /** Sends a PINGREQ. [MQTT-3.1.2-23] */
  ping(): void {
    this.#write(PINGREQ);
  }

  publish(topic: string, body: Uint8Array): void {
    this.#write(encodePublish(topic, body, 0));
  }

  end(ending: Ending, graceful: boolean): void {
    if (this.#phase === ENDED) return;
    const { core, handlers } = this.#shared;
    const sayGoodbye = graceful && this.#phase !== CONNECTING;
    this.#phase = ENDED;
    handlers.atEase[this.device] = null;
    this.release();
    if (sayGoodbye) {
      core.sockets.ending(this.#socket);
      this.#socket.end(DISCONNECT);
    } else {
      this.#socket.destroy();
    }
    core.ended(this.device, this.#kicked ? KICKED : ending);
  }

  protected override malformed(detail: string): void {
    this.end(malformedEnding(detail), false);
  }

  protected override frame(bytes: Buffer, start: number, end: number): boolean {
    const body = bodyStart(bytes, start);
    const isPublish = (bytes[start] as number) >> 4 === PACKET_TYPE.publish;
    const fault = isPublish ? this.#publish(bytes, start, body, end) : this.#control(bytes, start, body, end);
    if (fault !== null) this.malformed(fault);
    return this.#phase !== ENDED;
  }

  /** Nothing is allocated at QoS 0. This and the next three answer what is wrong with the packet, or null. [MQTT-3.3] */
  #publish(bytes: Buffer, start: number, topicField: number, end: number): string | null {
    const flags = bytes[start] as number;
    const qos = (flags >> 1) & 3;
    const topicStart = topicField + 2;
    const topicEnd = fieldEnd(bytes, topicField);
    const bodyStart = topicEnd + (qos === 0 ? 0 : 2);
    if (topicStart > end || bodyStart > end || topicEnd === topicStart) return "a PUBLISH is cut short";
    if (qos > 1) return `a PUBLISH has QoS ${qos}`;
    if (this.#phase < SUBSCRIBING) return "a PUBLISH came before CONNACK";
    const { core, handlers } = this.#shared;
    const dup = (flags & 0x08) !== 0;
    if (core.options.login.kind === "triplet" && isKickNotice(bytes, topicStart, topicEnd, bodyStart, end)) {
      this.#kicked = true;
    }
    const { now } = handlers;
    core.options.sink.message(this.device, now, bytes, topicStart, topicEnd, bodyStart, end, qos === 1 ? 1 : 0, dup);
    // the sink may have closed this device
    if (qos === 1 && this.#phase !== ENDED) {
      this.#write(Uint8Array.of(0x40, 2, bytes[topicEnd] as number, bytes[topicEnd + 1] as number));
    }
    return null;
  }

  #control(bytes: Buffer, start: number, body: number, end: number): string | null {
    const first = bytes[start] as number;
    const size = end - body;
    if (first === PACKET_TYPE.connack << 4 && size === 2 && this.#phase === LOGGING_IN) {
      return this.#connack(bytes[body + 1] as number);
    }
    if (first === PACKET_TYPE.suback << 4 && size > 2 && this.#phase === SUBSCRIBING) {
      return this.#suback(bytes, body, end);
    }
    if (first === PACKET_TYPE.pingresp << 4 && size === 0 && this.#phase >= SUBSCRIBING) {
      this.#shared.pinged[this.device] = 0;
      return null;
    }
    return `an unexpected packet of type ${first >> 4}, flags ${first & 15}, body ${size} bytes`;
  }

  #connack(code: number): null {
    if (code !== 0) {
      this.end(connackEnding(code, this.#shared.core.options.login.kind), false);
      return null;
    }
    this.#filters = wantedFilters(this.#shared.core.options, this.device);
    this.#phase = SUBSCRIBING;
    if (this.#filters === null) this.end(BAD_FILTER, true);
    else this.#subscribeNext(this.#filters);
    return null;
  }

  #suback(bytes: Buffer, body: number, end: number): string | null {
    const filters = this.#filters ?? [];
    const packetId = ((bytes[body] as number) << 8) | (bytes[body + 1] as number);
    if (packetId !== this.#subscribe || end - body - 2 !== filtersOf(filters, this.#subscribe).length) {
      return "a SUBACK does not answer the SUBSCRIBE that was sent";
    }
    const codes = bytes.subarray(body + 2, end);
    if (codes.some((code) => code > 2 && code !== 0x80)) return "a SUBACK holds a code that no standard names";
    if (codes.includes(0x80)) this.end(subackEnding(this.#shared.core.options.login.kind), true);
    else this.#subscribeNext(filters);
    return null;
  }

  /** One SUBSCRIBE at a time, then the device is online. */
  #subscribeNext(filters: readonly string[]): void {
    const { core, handlers } = this.#shared;
    if (this.#subscribe < subscribeCount(filters)) {
      this.#write(encodeSubscribe(filters, ++this.#subscribe, core.options.qos));
      return;
    }
    this.#filters = null;
    this.#phase = ONLINE;
    core.online(this.device, handlers.now);
  }

  #dial(): AnySocket {
    const { core, sockets } = this.#shared;
    const lean = sockets === null ? null : core.dialer.dialLean(sockets, this.device, this);
    if (lean !== null) return lean;
    const socket: ConnectedSocket = Object.assign(core.dialer.dial(this.device), { connection: this });
    socket.on(socket instanceof TLSSocket ? "secureConnect" : "connect", onConnected);
    return socket.on("data", onData).on("error", onError).on("close", onClose);
  }

  #write(bytes: Uint8Array): void {
    if (!this.#socket.write(bytes) && this.#socket.writableLength > MAX_UNSENT_BYTES) this.end(WRITE_STALLED, false);
  }
}
