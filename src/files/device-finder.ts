import type { DeviceIndex } from "../domain/device.js";

/** A name takes 4 to 32 bytes of an entry, with a NUL after it; then comes the device's number. */
const ENTRY = 40;
const NUMBER_AT = 36;
const SHORTEST = 4;
const LONGEST = 32;
const WORD = 8;

/** No device's number. */
export const UNKNOWN: DeviceIndex = 0xffff_ffff;

/** Names that are looked for at once, at most. */
export const NAMES_AT_ONCE = 512;

/** Entries that a new table has room for; it doubles when they are used up. */
const FIRST_ROOM = 1_024;
/** Odd, and far from any pattern: 2^32 by the golden ratio. */
const FACTOR = 0x9e3779b1;

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/**
 * Finds the numbers of one product's devices by the bytes of their names, without making a text of them. About 60 bytes a
 * device in typed memory.
 */
export class DeviceFinder {
  readonly productKey: string;
  #count = 0;
  #names = Buffer.alloc(FIRST_ROOM * ENTRY);
  #view = viewOf(this.#names);
  /** An open hash table, at most half full: hash and entry by turns; entries count from 1, 0 is free. */
  #slots = new Int32Array(FIRST_ROOM * 4);
  /** The entry that is being added. */
  readonly #entry = Buffer.alloc(ENTRY);
  readonly #entryView = viewOf(this.#entry);
  readonly #hashes = new Int32Array(NAMES_AT_ONCE);
  /** Differs from run to run, so that no file can be made to collide. */
  readonly #seed = Math.floor(Math.random() * 0x1_0000_0000);

  constructor(productKey: string) {
    this.productKey = productKey;
  }

  /**
   * Finds the devices of names, those of the columns from `from` up to `to`, {@link NAMES_AT_ONCE} at most: the names of 4 to 32
   * bytes stand in `view` at `at`, the devices come into `devices`, {@link UNKNOWN} where a name is not known. A table of many
   * devices is beyond a core's cache: short loops over many names let the processor fetch for several at once.
   */
  findAll(view: DataView, at: Int32Array, lengths: Uint8Array, devices: Uint32Array, from: number, to: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hashes = this.#hashes;
    for (let i = from; i < to; i++) hashes[i] = this.#hash(view, at[i] as number, lengths[i] as number);
    for (let i = from; i < to; i++) {
      const slot = ((hashes[i] as number) << 1) & mask;
      devices[i] = slots[slot] === hashes[i] ? (slots[slot + 1] as number) : 0;
    }
    for (let i = from; i < to; i++) {
      const nameAt = at[i] as number;
      const length = lengths[i] as number;
      const entryAt = ((devices[i] as number) - 1) * ENTRY;
      devices[i] =
        entryAt >= 0 && this.#isNamed(entryAt, view, nameAt, length)
          ? this.#view.getUint32(entryAt + NUMBER_AT, true)
          : this.#find(hashes[i] as number, view, nameAt, length);
    }
  }

  /** Makes a device known; a name that is none, or that is known already, changes nothing. */
  add(name: string, device: DeviceIndex): void {
    if (name.length < SHORTEST || name.length > LONGEST) return;
    const bytes = this.#entry.fill(0);
    const length = bytes.write(name, "latin1");
    const view = this.#entryView;
    const hash = this.#hash(view, 0, length);
    if (this.#find(hash, view, 0, length) !== UNKNOWN) return;
    bytes.writeUInt32LE(device, NUMBER_AT);
    bytes.copy(this.#names, this.#count++ * ENTRY);
    this.#place(hash, this.#count);
    if (this.#count * ENTRY === this.#names.length) this.#grow(this.#count * 2);
  }

  #find(hash: number, view: DataView, at: number, length: number): DeviceIndex {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const entry = slots[slot + 1] as number;
      if (entry === 0) return UNKNOWN;
      if (slots[slot] === hash && this.#isNamed((entry - 1) * ENTRY, view, at, length)) {
        return this.#view.getUint32((entry - 1) * ENTRY + NUMBER_AT, true);
      }
    }
  }

  #hash(view: DataView, at: number, length: number): number {
    const last = at + length - 4;
    let hash = this.#seed ^ length;
    for (let offset = at; offset < last; offset += 4) {
      hash = Math.imul(hash ^ view.getInt32(offset, true), FACTOR);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ view.getInt32(last, true), FACTOR);
    return hash ^ (hash >>> 15);
  }

  #isNamed(entryAt: number, view: DataView, at: number, length: number): boolean {
    const names = this.#view;
    // no shorter name, nor a longer one
    if (names.getUint8(entryAt + length) !== 0 || names.getUint8(entryAt + length - 1) === 0) return false;
    if (length < WORD) {
      const last = length - 4;
      return (
        names.getInt32(entryAt, true) === view.getInt32(at, true) &&
        names.getInt32(entryAt + last, true) === view.getInt32(at + last, true)
      );
    }
    // as doubles: see BytePiece
    const last = length - WORD;
    for (let i = 0; i < last; i += WORD) {
      if (names.getFloat64(entryAt + i, true) !== view.getFloat64(at + i, true)) return false;
    }
    return names.getFloat64(entryAt + last, true) === view.getFloat64(at + last, true);
  }

  #place(hash: number, entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (hash << 1) & mask;
    while (this.#slots[slot + 1] !== 0) slot = (slot + 2) & mask;
    this.#slots[slot] = hash;
    this.#slots[slot + 1] = entry;
  }

  #grow(room: number): void {
    const names = Buffer.alloc(room * ENTRY);
    this.#names.copy(names);
    this.#names = names;
    this.#view = viewOf(names);
    const old = this.#slots;
    this.#slots = new Int32Array(room * 4);
    for (let slot = 0; slot < old.length; slot += 2) {
      if (old[slot + 1] !== 0) this.#place(old[slot] as number, old[slot + 1] as number);
    }
  }
}
