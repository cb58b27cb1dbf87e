const COMMA = 0x2c;
const CR = 0x0d;

/** What a byte may stand in, as bits: a name, a secret, a product key, a field that nobody reads. */
const NAME = 1;
const SECRET = 2;
const KEY = 4;
const OTHER = 8;
/** In the order of the columns. */
const MASKS = [NAME, SECRET, KEY] as const;
/** The longest each may be, and the shortest, as `device-name.ts` has it. */
const MOST = [32, 128, 64] as const;
const LEAST = [4, 1, 1] as const;

/**
 * Finds name, secret and product key in the bytes of a row, where it is as plain as nearly all are: no blanks around them, no
 * quotes, nothing illegal. What it does not take is not thereby wrong: {@link readRow} judges it.
 */
export class RowBytes {
  /** Where name, secret and product key start and end in the row that was taken last: from, to, from, to, from, to. */
  readonly at = new Uint32Array(6);
  /** The column of each field, -1 for one that is not read; the last one holds for all behind it. */
  readonly #columns: readonly number[];

  /** `places` are those of the columns in a row, as `readHeader` answers. */
  constructor(places: readonly number[]) {
    const fields = Math.max(...places) + 2;
    this.#columns = Array.from({ length: fields }, (_, field) => places.indexOf(field));
  }

  /** Whether the row from `from` to `to`, without its line end, is plain; then `at` tells of it. */
  take(bytes: Buffer, from: number, to: number): boolean {
    let field = 0;
    let found = 0;
    for (let start = from; start <= to; ) {
      const column = this.#columns[Math.min(field++, this.#columns.length - 1)] as number;
      const mask = column < 0 ? OTHER : (MASKS[column] as number);
      let end = start;
      while (end < to && ((CLASSES[bytes[end] as number] as number) & mask) !== 0) end++;
      if (end < to && bytes[end] !== COMMA) return false;
      if (column >= 0) {
        const length = end - start;
        if (length < (LEAST[column] as number) || length > (MOST[column] as number)) return false;
        this.at[column * 2] = start;
        this.at[column * 2 + 1] = end;
        found++;
      }
      start = end + 1;
    }
    return found === MASKS.length;
  }
}

const classOf = (byte: number): number => {
  if (byte === COMMA || byte === CR) return 0;
  const char = String.fromCharCode(byte);
  const letter = /[A-Za-z0-9]/.test(char);
  return (
    OTHER |
    (letter || /[_\-@.:]/.test(char) ? NAME : 0) |
    (/[\x21\x23-\x2b\x2d-\x7e]/.test(char) ? SECRET : 0) |
    (letter ? KEY : 0)
  );
};

const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => classOf(byte));
