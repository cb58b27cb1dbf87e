import { columnOfField } from "./csv-column.js";
import { NameTable } from "./name-table.js";
import { plainFields } from "./plain-rows.js";
import { RowBytes } from "./row-bytes.js";
import { MAX_KEPT_PROBLEMS, type TripletProblem } from "./triplet-csv.js";
import { duplicateText, isFault, readHeader, readRow } from "./triplet-row.js";

/** What a scan found: for each device its name, its product and where its row is; no secret. */
export type ScannedTriplets = {
  readonly names: NameTable;
  /** The first byte of each device's row. */
  readonly offsets: Float64Array;
  /** The places of the columns in a row; empty where there is no usable header. */
  readonly places: readonly number[];
  readonly problems: readonly TripletProblem[];
  readonly problemCount: number;
};

const CR = 0x0d;
const FIRST_ROOM = 1_024;

/**
 * Goes through the lines of a triplet CSV without quotes, one after the other, and answers what `parseTriplets` would: the
 * same devices and the same problems, in a few bytes a device instead of objects.
 */
export class TripletScan {
  readonly #names = new NameTable();
  #offsets = new Float64Array(FIRST_ROOM);
  #lines = new Uint32Array(FIRST_ROOM);
  readonly #problems: TripletProblem[] = [];
  #problemCount = 0;
  #line = 0;
  #places: readonly number[] | null = null;
  #rows: RowBytes | null = null;

  /**
   * Takes the next line, which stands in `bytes` from `from` to `to`, without its LF, and in the file at `offset`. False for one
   * that this scan cannot read, a line with a CR inside: then the file has to be read whole.
   */
  line(bytes: Buffer, from: number, to: number, offset: number): boolean {
    this.#line++;
    const end = to > from && bytes[to - 1] === CR ? to - 1 : to;
    if (this.#rows?.take(bytes, from, end)) {
      const [nameFrom = 0, nameTo = 0, , , keyFrom = 0, keyTo = 0] = this.#rows.at;
      const first = this.#names.add(bytes, nameFrom, nameTo, bytes, keyFrom, keyTo);
      if (first < 0) this.#keep(offset);
      else this.#duplicate(first, bytes.toString("utf8", from, to));
      return true;
    }
    const text = bytes.toString("utf8", from, to);
    const row = bytes.toString("utf8", from, end);
    if (row.includes("\r")) return false;
    const fields = plainFields(row);
    if (fields === null) return true;
    if (this.#places === null) this.#header(fields, text);
    else if (this.#places.length > 0) this.#judge(fields, this.#places, text, offset);
    return true;
  }

  /** No line follows. */
  end(): ScannedTriplets {
    if (this.#problemCount === 0 && this.#names.count === 0) {
      this.#line = 1;
      this.#problem(1, this.#places === null ? "the file is empty" : "there is a header and no device");
    }
    this.#names.seal();
    return {
      names: this.#names,
      offsets: this.#offsets.slice(0, this.#names.count),
      places: this.#places ?? [],
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  #header(fields: readonly string[], text: string): void {
    const places = readHeader(fields);
    if (isFault(places)) {
      this.#places = [];
      this.#problem(columnOfField(text, places.field), places.why);
    } else {
      this.#places = places;
      this.#rows = new RowBytes(places);
    }
  }

  /** A row that is not plain, or wrong. */
  #judge(fields: readonly string[], places: readonly number[], text: string, offset: number): void {
    const values = readRow(fields, places);
    if (isFault(values)) {
      this.#problem(columnOfField(text, values.field), values.why);
      return;
    }
    const name = Buffer.from(values[0]);
    const key = Buffer.from(values[2]);
    const first = this.#names.add(name, 0, name.length, key, 0, key.length);
    if (first < 0) this.#keep(offset);
    else this.#duplicate(first, text);
  }

  #duplicate(first: number, text: string): void {
    const why = duplicateText(this.#names.nameAt(first), this.#names.productAt(first), this.#lines[first] ?? 0);
    this.#problem(columnOfField(text, this.#places?.[0] ?? 0), why);
  }

  /** Where the row of the device that was added last is. */
  #keep(offset: number): void {
    const row = this.#names.count - 1;
    if (row === this.#offsets.length) {
      const [offsets, lines] = [this.#offsets, this.#lines];
      this.#offsets = new Float64Array(row * 2);
      this.#offsets.set(offsets);
      this.#lines = new Uint32Array(row * 2);
      this.#lines.set(lines);
    }
    this.#offsets[row] = offset;
    this.#lines[row] = this.#line;
  }

  #problem(column: number, why: string): void {
    if (++this.#problemCount <= MAX_KEPT_PROBLEMS) this.#problems.push({ line: this.#line, column, why });
  }
}
