import { parse } from "csv-parse/sync";
import type { DeviceTriplet } from "../domain/device.js";
import { columnsOf, type FieldPlace } from "./csv-column.js";
import { type PlacedRow, readPlainRows } from "./plain-rows.js";
import { duplicateText, isFault, readHeader, readRow, TRIPLET_COLUMNS } from "./triplet-row.js";

/** What is wrong at one place of a triplet file. Line and column count from 1; `why` holds no secret. */
export type TripletProblem = { readonly line: number; readonly column: number; readonly why: string };

/** A triplet file as read. */
export type TripletTable = {
  readonly triplets: DeviceTriplet[];
  /** The line of each triplet, in the same order. */
  readonly lines: number[];
  /** The first {@link MAX_KEPT_PROBLEMS} problems, by line. */
  readonly problems: TripletProblem[];
  /** All problems, also those that were not kept. */
  readonly problemCount: number;
};

/** So many problems are kept; the rest is only counted. */
export const MAX_KEPT_PROBLEMS = 100;

/** No honest row comes near this; a quote that is never closed would otherwise swallow the file. Bytes. */
const MAX_ROW_BYTES = 65_536;

/**
 * Reads a triplet CSV: a header with `DeviceName`, `DeviceSecret` and `ProductKey` in any order and case, then one device a
 * row. A BOM (UTF-8 or UTF-16LE), CRLF, blank lines, quoted fields and extra columns are accepted. Never throws: what is wrong
 * is in `problems`, and rows with a problem are left out of `triplets`.
 */
export const parseTriplets = (source: string | Uint8Array): TripletTable => {
  const bytes = toUtf8(source);
  const reader = new TripletReader(bytes);
  // Quotes are the only thing that needs a CSV grammar, and a million rows without them read six times faster.
  if (bytes.includes(0x22)) readQuotedRows(bytes, reader);
  else readPlainRows(bytes, (row) => reader.row(row));
  return reader.end();
};

/** Writes triplets as {@link parseTriplets} reads them, header first, every line ended with LF. */
export const formatTriplets = (triplets: Iterable<DeviceTriplet>): string => {
  const rows = [`${TRIPLET_COLUMNS.join(",")}\n`];
  for (const triplet of triplets) rows.push(formatTriplet(triplet));
  return rows.join("");
};

/** One device's row of a triplet CSV, with its LF. No field needs quotes: none may hold a comma, a quote or a line end. */
export const formatTriplet = ({ deviceName, deviceSecret, productKey }: DeviceTriplet): string =>
  `${deviceName},${deviceSecret},${productKey}\n`;

const toUtf8 = (source: string | Uint8Array): Buffer => {
  if (typeof source === "string") return Buffer.from(source);
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return Buffer.from(bytes.toString("utf16le"));
  return bytes;
};

const readQuotedRows = (bytes: Buffer, reader: TripletReader): void => {
  let line = 0;
  let skipped = 0;
  parse(bytes, {
    bom: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true, // a spreadsheet's rows of commas
    trim: true,
    max_record_size: MAX_ROW_BYTES,
    skip_records_with_error: true,
    on_skip: (error) => {
      const at: unknown = error?.["lines"];
      // A row with two wrong quotes is reported for each.
      if (at === skipped) return undefined;
      if (typeof at === "number") line = skipped = at;
      reader.problem(line, faultOf(error?.code));
      return undefined;
    },
    on_record: (fields: string[], context) => {
      line = context.lines;
      reader.row({ line, fields });
      return null; // nothing is collected twice
    },
  });
};

/** The library's messages quote the text, which may be a secret: its codes are put into our words. */
const faultOf = (code: string | undefined): string => {
  if (code === "CSV_QUOTE_NOT_CLOSED" || code === "CSV_MAX_RECORD_SIZE") return "a double quote is not closed";
  if (code === "INVALID_OPENING_QUOTE") return "a double quote stands inside a field";
  if (code === "CSV_INVALID_CLOSING_QUOTE") return "a double quote ends a field in its middle";
  return "this row is not CSV";
};

/** Collects rows; the first one is the header. */
class TripletReader {
  readonly #bytes: Buffer;
  readonly #triplets: DeviceTriplet[] = [];
  readonly #lines: number[] = [];
  readonly #problems: (FieldPlace & { readonly why: string })[] = [];
  #problemCount = 0;
  /** The places of the columns in a row, once the header is read; empty when it is unusable. */
  #places: readonly number[] | null = null;
  /** Device names and the lines they stand on, by product key. */
  readonly #seen = new Map<string, Map<string, number>>();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  problem(line: number, why: string, field = -1): void {
    if (++this.#problemCount <= MAX_KEPT_PROBLEMS) this.#problems.push({ line, field, why });
  }

  row({ line, fields }: PlacedRow): void {
    if (this.#places === null) this.#places = this.#header(line, fields);
    else if (this.#places.length > 0) this.#device(line, fields, this.#places);
  }

  end(): TripletTable {
    if (this.#places === null && this.#problemCount === 0) this.problem(1, "the file is empty");
    else if (this.#triplets.length === 0 && this.#problemCount === 0)
      this.problem(1, "there is a header and no device");
    const columns = columnsOf(this.#bytes, this.#problems);
    return {
      triplets: this.#triplets,
      lines: this.#lines,
      problems: this.#problems.map(({ line, why }, i) => ({ line, column: columns[i] ?? 1, why })),
      problemCount: this.#problemCount,
    };
  }

  #header(line: number, fields: readonly string[]): readonly number[] {
    const places = readHeader(fields);
    if (!isFault(places)) return places;
    this.problem(line, places.why, places.field);
    return [];
  }

  #device(line: number, fields: readonly string[], places: readonly number[]): void {
    const values = readRow(fields, places);
    if (isFault(values)) {
      this.problem(line, values.why, values.field);
      return;
    }
    const [deviceName, deviceSecret, productKey] = values;
    const names = this.#seen.get(productKey) ?? new Map<string, number>();
    this.#seen.set(productKey, names);
    const first = names.get(deviceName);
    if (first !== undefined) {
      this.problem(line, duplicateText(deviceName, productKey, first), places[0]);
      return;
    }
    names.set(deviceName, line);
    this.#triplets.push({ productKey, deviceName, deviceSecret });
    this.#lines.push(line);
  }
}
