import type { ArrivalTable } from "../domain/arrival-table.js";
import type { ArrivalSlot } from "../domain/arrivals.js";
import type { DeviceIndex, DeviceTriplet } from "../domain/device.js";
import type { Micros } from "../domain/time.js";
import { aroundBroadcastName, parseBroadcastTopic } from "../protocol/topics.js";
import type { ProductNumbers } from "./product-numbers.js";

/** The longest message id: an unsigned 64-bit number. */
const MAX_ID_BYTES = 20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** What stands around the name in the topics of one product's devices. */
type Around = { readonly before: Buffer; readonly behind: Buffer };

/** Whether `bytes` from `at` on begin with `wanted`. */
const continues = (bytes: Buffer, at: number, wanted: Buffer): boolean => {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
};

/**
 * Finds the slot that a message's receipt goes to, by its topic's bytes. On the hot path the topic never becomes a string, and what
 * is read of a device is its name in one slab of names: the next receipt's device is another one, whose bytes are in no cache unless
 * they lie close by.
 */
export class MessageRouter {
  readonly #arrivals: ArrivalTable;
  readonly #devices: readonly DeviceTriplet[];
  /** Every device's name, one after the other. */
  readonly #names: Buffer;
  readonly #nameEnds: Uint32Array;
  /** By the product's number. */
  readonly #arounds: readonly Around[];
  readonly #aroundOf: Uint32Array | null;
  readonly #lastId = Buffer.alloc(MAX_ID_BYTES);
  #lastIdLength = 0;
  #lastSlot: ArrivalSlot | null = null;

  constructor(devices: readonly DeviceTriplet[], products: ProductNumbers, arrivals: ArrivalTable) {
    this.#devices = devices;
    this.#arrivals = arrivals;
    this.#nameEnds = new Uint32Array(devices.length);
    const names = devices.map(({ deviceName }) => Buffer.from(deviceName));
    let end = 0;
    for (let i = 0; i < names.length; i++) {
      end += (names[i] as Buffer).length;
      this.#nameEnds[i] = end;
    }
    this.#names = Buffer.concat(names, end);
    this.#aroundOf = products.of;
    this.#arounds = products.keys.map((productKey) => {
      const { before, behind } = aroundBroadcastName(productKey);
      return { before: Buffer.from(before), behind: Buffer.from(behind) };
    });
  }

  /** Where the message id starts if the topic is that of a full broadcast to this very device, or -1 if it is not. */
  idStart(device: DeviceIndex, bytes: Buffer, topicStart: number, topicEnd: number): number {
    const around = this.#arounds[this.#aroundOf === null ? 0 : (this.#aroundOf[device] as number)] as Around;
    const from = device === 0 ? 0 : (this.#nameEnds[device - 1] as number);
    const to = this.#nameEnds[device] as number;
    const nameStart = topicStart + around.before.length;
    const nameEnd = nameStart + to - from;
    const idStart = nameEnd + around.behind.length;
    const idLength = topicEnd - idStart;
    if (idLength < 1 || idLength > MAX_ID_BYTES) return -1;
    // the name first, from its end: there devices differ
    const names = this.#names;
    for (let i = to - 1, at = nameEnd - 1; i >= from; i--, at--) {
      if (names[i] !== bytes[at]) return -1;
    }
    return continues(bytes, nameEnd, around.behind) && continues(bytes, topicStart, around.before) ? idStart : -1;
  }

  /**
   * The slot of the id in these bytes, null where there is none (then the receipt is counted by the table), or undefined if they are
   * no id.
   */
  slotOf(bytes: Buffer, idStart: number, idEnd: number): ArrivalSlot | null | undefined {
    const length = idEnd - idStart;
    if (length === this.#lastIdLength) {
      let i = 0;
      while (i < length && this.#lastId[i] === bytes[idStart + i]) i++;
      if (i === length) return this.#lastSlot;
    }
    for (let i = idStart; i < idEnd; i++) {
      const byte = bytes[i] as number;
      if (byte < DIGIT_0 || byte > DIGIT_9) return undefined;
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
