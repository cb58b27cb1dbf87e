import type { LineShape } from "./line-shape.js";

/** How many shapes are kept; beyond that all are forgotten, to be learnt again. */
const SHAPES_KEPT = 4_096;
/** How many shapes are tried on one line. */
const TRIED = 8;

/** Where lines differ first: a receipt's message id, and a presence line's first bytes. */
const RECEIPT_KEY_AT = 40;
const PRESENCE_KEY_AT = 8;
const KEY_BYTES = 20;
/** Where `{"schema":"iotb.` is followed by the `r` of receipt. */
const SCHEMA_AT = 16;
const LETTER_R = 0x72;
const FACTOR = 0x9e3779b1;

/** Keeps the shapes of lines, to be found by some bytes of a line that is at hand. */
export class ShapeShelf<K> {
  readonly #byKey = new Map<number, LineShape<K>[]>();
  #count = 0;
  /** The shape of the last line, which is mostly the next one's too. */
  last: LineShape<K> | null = null;

  /** The shapes that the line at `at` may have, the newest first. */
  at(view: DataView, at: number): readonly LineShape<K>[] {
    return this.#byKey.get(keyOf(view, at)) ?? [];
  }

  /** Keeps a shape whose lines begin with the text `start`. */
  put(start: string, shape: LineShape<K>): void {
    if (this.#count >= SHAPES_KEPT) {
      this.#byKey.clear();
      this.#count = 0;
    }
    const bytes = Buffer.alloc(RECEIPT_KEY_AT + KEY_BYTES);
    bytes.write(start);
    const key = keyOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
    const shapes = this.#byKey.get(key) ?? [];
    this.#count += shapes.length < TRIED ? 1 : 0;
    this.#byKey.set(key, [shape, ...shapes.slice(0, TRIED - 1)]);
    this.last = shape;
  }
}

const keyOf = (view: DataView, at: number): number => {
  const from = at + (view.getUint8(at + SCHEMA_AT) === LETTER_R ? RECEIPT_KEY_AT : PRESENCE_KEY_AT);
  let key = 0;
  for (let i = from; i < from + KEY_BYTES; i += 4) {
    key = Math.imul(key ^ view.getInt32(i, true), FACTOR);
    key ^= key >>> 15;
  }
  return key;
};
