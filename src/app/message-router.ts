import type { ArrivalTable } from "../domain/arrival-table.js";
import type { ArrivalSlot } from "../domain/arrivals.js";
import type { DeviceIndex, DeviceTriplet } from "../domain/device.js";
import type { Micros } from "../domain/time.js";
import { broadcastTopicPrefix, parseBroadcastTopic } from "../protocol/topics.js";

/** The longest message id: an unsigned 64-bit number. */
const MAX_ID_BYTES = 20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/**
 * Finds the slot that a message's receipt goes to, by its topic's bytes. On the hot path the topic never becomes a string: its
 * front is compared with the device's own prefix in one slab, its tail with the id of the message before.
 */
export class MessageRouter {
  readonly #arrivals: ArrivalTable;
  readonly #devices: readonly DeviceTriplet[];
  /** Every device's topic prefix, one after the other. */
  readonly #prefixes: Buffer;
  readonly #prefixEnds: Uint32Array;
  readonly #lastId = Buffer.alloc(MAX_ID_BYTES);
  #lastIdLength = 0;
  #lastSlot: ArrivalSlot | null = null;

  constructor(devices: readonly DeviceTriplet[], arrivals: ArrivalTable) {
    this.#devices = devices;
    this.#arrivals = arrivals;
    this.#prefixEnds = new Uint32Array(devices.length);
    const prefixes = devices.map((device) => Buffer.from(broadcastTopicPrefix(device)));
    let end = 0;
    for (let i = 0; i < prefixes.length; i++) {
      end += (prefixes[i] as Buffer).length;
      this.#prefixEnds[i] = end;
    }
    this.#prefixes = Buffer.concat(prefixes, end);
  }

  /** Where the message id of a full broadcast to this very device starts, or -1 if the topic is another one. */
  idStart(device: DeviceIndex, bytes: Buffer, topicStart: number, topicEnd: number): number {
    const from = device === 0 ? 0 : (this.#prefixEnds[device - 1] as number);
    const to = this.#prefixEnds[device] as number;
    const idStart = topicStart + (to - from);
    const idLength = topicEnd - idStart;
    if (idLength < 1 || idLength > MAX_ID_BYTES) return -1;
    // the name first, from its end: there devices differ
    const prefixes = this.#prefixes;
    for (let i = to - 1, at = idStart - 1; i >= from; i--, at--) {
      if (prefixes[i] !== bytes[at]) return -1;
    }
    for (let i = idStart; i < topicEnd; i++) {
      const byte = bytes[i] as number;
      if (byte < DIGIT_0 || byte > DIGIT_9) return -1;
    }
    return idStart;
  }

  /** The slot of the id in these bytes, or null where there is none (then the receipt is counted by the table). */
  slotOf(bytes: Buffer, idStart: number, idEnd: number): ArrivalSlot | null {
    const length = idEnd - idStart;
    if (length === this.#lastIdLength) {
      let i = 0;
      while (i < length && this.#lastId[i] === bytes[idStart + i]) i++;
      if (i === length) return this.#lastSlot;
    }
    const slot = this.#arrivals.slotFor(bytes.toString("latin1", idStart, idEnd));
    if (slot !== null) {
      bytes.copy(this.#lastId, 0, idStart, idEnd);
      this.#lastIdLength = length;
      this.#lastSlot = slot;
    }
    return slot;
  }

  /**
   * Records a full broadcast whose topic names another device than the one that got it. Answers its slot, null where it is only
   * counted, or undefined if the topic is none.
   */
  recordMisdirected(device: DeviceIndex, at: Micros, topic: string): ArrivalSlot | null | undefined {
    const parts = parseBroadcastTopic(topic);
    const own = this.#devices[device];
    if (parts === null || (parts.deviceName === own?.deviceName && parts.productKey === own.productKey))
      return undefined;
    const slot = this.#arrivals.slotFor(parts.messageId);
    slot?.recordMisdirected(device, at);
    return slot;
  }

  /** Forgets the id of the message before: its slot is gone. */
  forget(): void {
    this.#lastIdLength = 0;
    this.#lastSlot = null;
  }
}
