import type { DeviceAddress, DeviceIndex } from "../domain/device.js";
import type { LogRecord, PresenceRecord, ReceiptRecord } from "../domain/log-records.js";
import { isDeviceName } from "../protocol/device-name.js";
import { isPieceAt } from "./byte-piece.js";
import { decimalAt, digitsAt, sixteenDigitsAt, TIME_DIGITS } from "./decimal-at.js";
import { DeviceFinder, NAMES_AT_ONCE, UNKNOWN } from "./device-finder.js";
import { formOf, lineOf } from "./line-form.js";
import { type LineShape, shapeOf } from "./line-shape.js";
import type { LogBlock } from "./log-blocks.js";
import { ShapeShelf } from "./shape-shelf.js";

/**
 * Takes recognised lines. `K` is what all lines of one kind have in common: what they say is the kind's, but for device and time.
 */
export interface LineSink<K> {
  /** The number of a line's device; a new one where it is not known yet. */
  numberOf(device: DeviceAddress): DeviceIndex;
  /** What a line has in common with those that differ in device and time only. */
  kindOf(record: ReceiptRecord | PresenceRecord): K;
  /** Lines of one kind, in their order: those of the columns from `from` up to `to`. Times are Unix µs, as written. The columns are reused. */
  addLines(kind: K, devices: Uint32Array, timesUs: Float64Array, from: number, to: number): void;
}

const SHORTEST_NAME = 4;
const LONGEST_NAME = 32;
const QUOTE = 0x22;

/**
 * Recognises the lines that iotb itself writes by their bytes. It learns the shape of a line from one that was read the slow way:
 * what stands around its device and its time. A line is taken only where every other byte is as in a known shape, the name can be
 * a device's, and the time is a plain number; it then says what the slow way would say. Every other line is left to the slow way.
 */
export class LineRecogniser<K> {
  readonly #sink: LineSink<K>;
  readonly #finders = new Map<string, DeviceFinder>();
  readonly #shelf = new ShapeShelf<K>();
  /** Lines whose devices are still to be found, in columns. */
  #count = 0;
  readonly #shapes: LineShape<K>[] = [];
  readonly #lineAt = new Int32Array(NAMES_AT_ONCE);
  readonly #nameAt = new Int32Array(NAMES_AT_ONCE);
  readonly #nameLengths = new Uint8Array(NAMES_AT_ONCE);
  readonly #devices = new Uint32Array(NAMES_AT_ONCE);
  readonly #times = new Float64Array(NAMES_AT_ONCE);
  /** How long the last line's name was, which is mostly the next one's length too. */
  #nameLength = SHORTEST_NAME;

  constructor(sink: LineSink<K>) {
    this.#sink = sink;
  }

  /**
   * Hands over the lines from `from` on, as long as they are recognised. Answers where the first other one begins, or the one that
   * is not whole at `to`, and how many lines came before it.
   */
  scan(block: LogBlock, from: number, to: number): { readonly at: number; readonly lines: number } {
    let at = from;
    let lines = 0;
    for (;;) {
      const shape = this.#shelf.last;
      let end = shape === null ? -1 : this.#take(block, at, to, shape);
      if (end < 0) end = this.#tryOthers(block, at, to);
      if (end >= 0) {
        lines++;
        at = end;
        if (this.#count < NAMES_AT_ONCE) continue;
      }
      const taken = this.#count;
      const handedOver = this.#handOver(block);
      // a name that is none: its line and those behind it are not taken
      if (handedOver < taken) return { at: this.#lineAt[handedOver] as number, lines: lines - taken + handedOver };
      if (end < 0) return { at, lines };
    }
  }

  /** Learns from a record that was read the slow way; `text` is its line. */
  learn(record: LogRecord, text: string): void {
    if (record.schema !== "iotb.receipt/1" && record.schema !== "iotb.presence/1") return;
    const form = formOf(record);
    if (form === null || lineOf(form, record.deviceName) !== text) return;
    const shape = shapeOf(form, this.#finderOf(record.productKey), this.#sink.kindOf(record));
    if (shape !== null) this.#shelf.put(form.beforeName, shape);
  }

  #tryOthers(block: LogBlock, at: number, to: number): number {
    for (const shape of this.#shelf.at(block.view, at)) {
      const end = this.#take(block, at, to, shape);
      if (end >= 0) {
        this.#shelf.last = shape;
        return end;
      }
    }
    return -1;
  }

  /** Takes the line at `at` if it is of a shape, but for its device; answers where the next one begins, or -1. */
  #take(block: LogBlock, at: number, to: number, shape: LineShape<K>): number {
    const { bytes, view } = block;
    if (!isPieceAt(view, at, shape.beforeName)) return -1;
    const nameAt = at + shape.beforeName.length;
    let length = this.#nameLength;
    if (bytes[nameAt + length] !== QUOTE) {
      length = nameLengthAt(bytes, nameAt);
      if (length < SHORTEST_NAME) return -1;
      this.#nameLength = length;
    }
    let next = nameAt + length;
    const { beforeSecondName, beforeTime, tail } = shape;
    if (beforeSecondName !== null) {
      if (!isPieceAt(view, next, beforeSecondName)) return this.#takeAgain(block, at, to, shape);
      next += beforeSecondName.length;
      if (!isSameName(view, nameAt, next, length)) return -1;
      next += length;
    }
    if (!isPieceAt(view, next, beforeTime)) return this.#takeAgain(block, at, to, shape);
    next += beforeTime.length;
    let time = sixteenDigitsAt(view, next);
    let digits = TIME_DIGITS;
    if (time < 0) {
      digits = digitsAt(bytes, next);
      if (digits === 0) return -1;
      time = decimalAt(bytes, next, digits);
    }
    next += digits;
    if (time > Number.MAX_SAFE_INTEGER || !isPieceAt(view, next, tail)) return -1;
    next += tail.length;
    // what stands behind `to` is left from other lines
    if (next > to) return -1;
    const i = this.#count++;
    this.#shapes[i] = shape;
    this.#lineAt[i] = at;
    this.#nameAt[i] = nameAt;
    this.#nameLengths[i] = length;
    this.#times[i] = time;
    return next;
  }

  /** What seemed to be the quote at the name's end may have been a later one. */
  #takeAgain(block: LogBlock, at: number, to: number, shape: LineShape<K>): number {
    const length = nameLengthAt(block.bytes, at + shape.beforeName.length);
    if (length < SHORTEST_NAME || length === this.#nameLength) return -1;
    this.#nameLength = length;
    return this.#take(block, at, to, shape);
  }

  /** Finds the devices of the lines that wait and hands the lines over, in their order; answers how many, up to a name that is none. */
  #handOver(block: LogBlock): number {
    const count = this.#count;
    this.#count = 0;
    let from = 0;
    while (from < count) {
      const shape = this.#shapes[from] as LineShape<K>;
      let to = from + 1;
      while (to < count && this.#shapes[to] === shape) to++;
      shape.finder.findAll(block.view, this.#nameAt, this.#nameLengths, this.#devices, from, to);
      const found = this.#meetUnknown(block, shape.finder, from, to);
      if (found > from) this.#sink.addLines(shape.kind, this.#devices, this.#times, from, found);
      if (found < to) return found;
      from = to;
    }
    return count;
  }

  /** Makes the devices known that are not yet; answers `to`, or where a name is none. */
  #meetUnknown({ bytes }: LogBlock, finder: DeviceFinder, from: number, to: number): number {
    for (let i = from; i < to; i++) {
      if (this.#devices[i] !== UNKNOWN) continue;
      const nameAt = this.#nameAt[i] as number;
      const deviceName = bytes.toString("latin1", nameAt, nameAt + (this.#nameLengths[i] as number));
      if (!isDeviceName(deviceName)) return i;
      const device = this.#sink.numberOf({ productKey: finder.productKey, deviceName });
      this.#devices[i] = device;
      finder.add(deviceName, device);
    }
    return to;
  }

  #finderOf(productKey: string): DeviceFinder {
    const known = this.#finders.get(productKey);
    if (known !== undefined) return known;
    const finder = new DeviceFinder(productKey);
    this.#finders.set(productKey, finder);
    return finder;
  }
}

/** How long the name is that begins at `at`; -1 where it is too long for one. */
const nameLengthAt = (bytes: Uint8Array, at: number): number => {
  for (let length = 0; length <= LONGEST_NAME; length++) if (bytes[at + length] === QUOTE) return length;
  return -1;
};

/** Whether what stands at `a` stands at `b` too; four bytes at least. */
const isSameName = (view: DataView, a: number, b: number, length: number): boolean => {
  const last = length - 4;
  for (let i = 0; i < last; i += 4) if (view.getInt32(a + i, true) !== view.getInt32(b + i, true)) return false;
  return view.getInt32(a + last, true) === view.getInt32(b + last, true);
};
