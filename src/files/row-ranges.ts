import { open } from "node:fs/promises";
import type { DeviceTriplet } from "../domain/device.js";
import type { RowSource } from "../domain/device-source.js";
import { plainFields } from "../protocol/plain-rows.js";
import { RowBytes } from "../protocol/row-bytes.js";
import { isFault, readRow } from "../protocol/triplet-row.js";
import { fileFault } from "./file-fault.js";
import { changedFile, requireSameFile } from "./file-identity.js";
import { readLineBlocks } from "./line-blocks.js";

/**
 * Reads the devices of some rows of a file that was scanned before, and no others. Throws `bad-input-file` where it is not the
 * same file any more: rather none than wrong devices.
 */
export const readRowRanges = async ({ file: identity, places, ranges, count }: RowSource): Promise<DeviceTriplet[]> => {
  const { path } = identity;
  const reader = new RowReader(path, places);
  try {
    await using file = await open(path, "r");
    await requireSameFile(file, identity, path);
    for (let i = 0; i < ranges.length; i += 3) {
      const [first = 0, end = 0, rows = 0] = ranges.subarray(i, i + 3);
      const before = reader.triplets.length;
      const complete = await readLineBlocks(file, first, end, {
        line: (bytes, from, to) => {
          reader.line(bytes, from, to);
          return true;
        },
      });
      if (!complete || reader.triplets.length - before !== rows) throw changedFile(path);
    }
    if (reader.triplets.length !== count) throw changedFile(path);
    await requireSameFile(file, identity, path);
  } catch (thrown) {
    throw fileFault("bad-input-file", path, thrown);
  }
  return reader.triplets;
};

class RowReader {
  readonly triplets: DeviceTriplet[] = [];
  readonly #path: string;
  readonly #places: readonly number[];
  readonly #rows: RowBytes;
  /** The product key that came last: one text for all of its devices. */
  #productKey = "";

  constructor(path: string, places: readonly number[]) {
    this.#path = path;
    this.#places = places;
    this.#rows = new RowBytes(places);
  }

  line(bytes: Buffer, from: number, to: number): void {
    const end = to > from && bytes[to - 1] === 0x0d ? to - 1 : to;
    if (this.#rows.take(bytes, from, end)) {
      const text = (i: number) => bytes.toString("latin1", this.#rows.at[i], this.#rows.at[i + 1]);
      this.#add(text(0), text(2), text(4));
      return;
    }
    const fields = plainFields(bytes.toString("utf8", from, end));
    if (fields === null) return;
    const values = readRow(fields, this.#places);
    if (isFault(values)) throw changedFile(this.#path);
    this.#add(...values);
  }

  #add(deviceName: string, deviceSecret: string, productKey: string): void {
    if (productKey !== this.#productKey) this.#productKey = productKey;
    this.triplets.push({ productKey: this.#productKey, deviceName, deviceSecret });
  }
}
