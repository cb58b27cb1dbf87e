import type { Socket } from "node:net";
import { frameLength, MALFORMED, PACKET_TYPE, PINGRESP } from "../protocol/publish-packet.js";
import { broadcastTopicPrefix } from "../protocol/topics.js";
import { deviceOfConnect } from "./connect-packet.js";

const CONNACK_ACCEPTED = Uint8Array.of(0x20, 2, 0, 0);

/** The first byte of every connection of MQTT. */
const CONNECT = PACKET_TYPE.connect << 4;

/** A login of the fleet is far below this; whatever is longer is not of the fleet. */
const MAX_PACKET_BYTES = 4_096;

/**
 * One connection of a null fan-out: lets in whoever says a name, grants what is subscribed to, answers pings, and closes on
 * everything else. `prefix` is of the topic that the device's broadcasts come on; null until it has logged in.
 */
export class NullConnection {
  prefix: Buffer | null = null;
  readonly #socket: Socket;
  #rest: Buffer | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#read(bytes));
  }

  write(packet: Uint8Array): void {
    this.#socket.write(packet);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    const all = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
    let start = 0;
    while (start < all.length) {
      if (this.prefix === null && all[start] !== CONNECT) return void this.#socket.destroy();
      const length = frameLength(all, start, all.length);
      if (length === MALFORMED || length > MAX_PACKET_BYTES) return void this.#socket.destroy();
      if (length < 0 || start + length > all.length) break;
      if (!this.#answer(all.subarray(start, start + length))) return void this.#socket.destroy();
      start += length;
    }
    this.#rest = start < all.length ? Buffer.from(all.subarray(start)) : null;
  }

  #answer(packet: Buffer): boolean {
    switch ((packet[0] as number) >> 4) {
      case PACKET_TYPE.connect: {
        const device = this.prefix === null ? deviceOfConnect(packet) : null;
        if (device === null) return false;
        this.prefix = Buffer.from(broadcastTopicPrefix(device));
        this.#socket.write(CONNACK_ACCEPTED);
        return true;
      }
      case PACKET_TYPE.subscribe:
        if (packet.length < 4) return false;
        this.#socket.write(subackOf(packet));
        return true;
      case PACKET_TYPE.pingreq:
        this.#socket.write(PINGRESP);
        return true;
      case PACKET_TYPE.disconnect:
        this.#socket.end();
        return true;
      default:
        return false;
    }
  }
}

/** Grants QoS 0 to each filter of a SUBSCRIBE. [MQTT-3.9] */
const subackOf = (subscribe: Buffer): Uint8Array => {
  let at = subscribe.findIndex((byte, i) => i > 0 && byte < 0x80) + 1;
  const id = [subscribe[at] ?? 0, subscribe[at + 1] ?? 0];
  const granted: number[] = [];
  // each filter: its length, its text, the QoS asked for
  for (at += 2; at + 2 < subscribe.length; at += 3 + subscribe.readUInt16BE(at)) granted.push(0);
  return Uint8Array.of(0x90, 2 + granted.length, ...id, ...granted);
};
