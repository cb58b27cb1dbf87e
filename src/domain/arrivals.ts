import type { DeviceIndex } from "./device.js";
import type { Micros } from "./time.js";

/**
 * A receipt of which a time is not all that there is to say: beyond a device's first, of other bytes than were sent, or on a topic
 * that names another device.
 */
export type OddReceipt = {
  /** Indexes the arrays of the process. */
  readonly device: DeviceIndex;
  readonly at: Micros;
  /** Whether it is the device's first. */
  readonly first: boolean;
  /** The topic, where it names another device; else null. */
  readonly topic: string | null;
  /** What came, where it is not what was sent; else null. `payloadSha256` is lower-case hex. */
  readonly body: { readonly bytes: number; readonly payloadSha256: string } | null;
};

/** How many odd receipts a slot keeps; of more than these only the counts are known. */
export const ODD_RECEIPTS_KEPT = 65_536;

/** What one process's devices got of one broadcast, for whoever writes it down. Indexed by the device's number less `firstDevice`. */
export type RecordedArrivals = {
  readonly firstDevice: DeviceIndex;
  /** First receipts, µs on the monotonic clock; 0 is none. */
  readonly at: Float64Array;
  /** Receipts beyond the first, up to 65,535; null where there are none. */
  readonly extra: Uint16Array | null;
  /** 1 where the bytes were others than were sent; null where none were. */
  readonly corrupt: Uint8Array | null;
  /** The receipts that the arrays have no room for, in the order they came: {@link ODD_RECEIPTS_KEPT} at most. */
  readonly odd: readonly OddReceipt[];
};

/** What a slot keeps of each device. */
export type ArrivalArrays = {
  readonly at: Float64Array;
  readonly extra: Uint16Array | null;
  readonly corrupt: Uint8Array | null;
  readonly misdirected: Uint8Array | null;
};

/**
 * The arrivals of one broadcast at the devices of one process: one typed array indexed by the device's number. Recording is
 * a compare and a store; nothing is allocated until something goes wrong.
 */
export class ArrivalSlot {
  /** Each device's first receipt, µs on the monotonic clock; 0 is none. */
  at: Float64Array;
  /** Devices with a receipt. */
  received = 0;
  /** Receipts beyond a device's first. */
  duplicates = 0;
  /** Receipts on a topic that names another device: it was not meant for the one that got it. */
  misdirected = 0;
  /** The last receipt of any kind, µs; 0 is none. */
  lastAt = 0;
  /** Called once when `received` reaches `markCount`. Should be one function for all slots: V8 compiles {@link record} for it. */
  markCount = -1;
  onMark: ((slot: ArrivalSlot) => void) | null = null;
  #extra: Uint16Array | null = null;
  #corrupt: Uint8Array | null = null;
  #misdirected: Uint8Array | null = null;
  #odd: OddReceipt[] | null = null;

  constructor(deviceCount: number) {
    this.at = new Float64Array(deviceCount);
  }

  /** Makes room for `deviceCount` devices, for when they become known only as they arrive. */
  grow(deviceCount: number): void {
    if (deviceCount <= this.at.length) return;
    const size = Math.max(deviceCount, this.at.length * 2);
    const grown = <T extends Float64Array | Uint16Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.at = grown(new Float64Array(size), this.at);
    this.#extra &&= grown(new Uint16Array(size), this.#extra);
    this.#corrupt &&= grown(new Uint8Array(size), this.#corrupt);
    this.#misdirected &&= grown(new Uint8Array(size), this.#misdirected);
  }

  /** One receipt by a device that the topic names. Recorded files may come in any order, so the earliest is the first. */
  record(device: DeviceIndex, at: Micros): void {
    if (at > this.lastAt) this.lastAt = at;
    const first = this.at[device] as number;
    if (first === 0) {
      this.at[device] = at;
      if (++this.received === this.markCount) this.onMark?.(this);
    } else {
      this.duplicates++;
      if (at < first) this.at[device] = at;
      this.#extra ??= new Uint16Array(this.at.length);
      const extra = this.#extra[device] as number;
      if (extra < 0xffff) this.#extra[device] = extra + 1;
    }
  }

  /**
   * One receipt each by several devices that the topic names: those of the columns from `from` up to `to`, their times with `shift`
   * added.
   */
  recordAll(devices: Uint32Array, times: Float64Array, shift: number, from: number, to: number): void {
    const { at } = this;
    for (let i = from; i < to; i++) {
      const device = devices[i] as number;
      const time = (times[i] as number) + shift;
      if (at[device] !== 0 || this.markCount >= 0) this.record(device, time as Micros);
      else {
        at[device] = time;
        this.received++;
        if (time > this.lastAt) this.lastAt = time;
      }
    }
  }

  /** The receipt just recorded had other bytes than were sent. */
  recordCorrupt(device: DeviceIndex): void {
    this.#corrupt ??= new Uint8Array(this.at.length);
    this.#corrupt[device] = 1;
  }

  /** One receipt by a device that the topic does not name. */
  recordMisdirected(device: DeviceIndex, at: Micros): void {
    if (at > this.lastAt) this.lastAt = at;
    this.misdirected++;
    this.#misdirected ??= new Uint8Array(this.at.length);
    this.#misdirected[device] = 1;
  }

  /** Keeps what there is to say of an odd receipt that was just recorded, while there is room. */
  keepOdd(receipt: OddReceipt): void {
    this.#odd ??= [];
    if (this.#odd.length < ODD_RECEIPTS_KEPT) this.#odd.push(receipt);
  }

  /** Receipts of this device beyond its first, up to 65,535. */
  extraOf(device: DeviceIndex): number {
    return this.#extra?.[device] ?? 0;
  }

  isCorrupt(device: DeviceIndex): boolean {
    return this.#corrupt?.[device] === 1;
  }

  /** Its arrays, not copies: for when nothing is recorded any more. */
  recorded(firstDevice: DeviceIndex): RecordedArrivals {
    return { firstDevice, at: this.at, extra: this.#extra, corrupt: this.#corrupt, odd: this.#odd ?? [] };
  }

  gotMisdirected(device: DeviceIndex): boolean {
    return this.#misdirected?.[device] === 1;
  }

  /** Bytes that its arrays take. */
  get byteLength(): number {
    const some = (array: Uint16Array | Uint8Array | null) => (array === null ? 0 : array.byteLength);
    return this.at.byteLength + some(this.#extra) + some(this.#corrupt) + some(this.#misdirected);
  }

  /** Gives its arrays away: nothing may be recorded or asked of a device until it takes them back. */
  giveAway(): ArrivalArrays {
    const arrays = { at: this.at, extra: this.#extra, corrupt: this.#corrupt, misdirected: this.#misdirected };
    this.takeBack({ at: new Float64Array(0), extra: null, corrupt: null, misdirected: null });
    return arrays;
  }

  /** Takes the arrays back that it gave away. */
  takeBack({ at, extra, corrupt, misdirected }: ArrivalArrays): void {
    this.at = at;
    this.#extra = extra;
    this.#corrupt = corrupt;
    this.#misdirected = misdirected;
  }
}
