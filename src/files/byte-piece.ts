/**
 * Bytes that a line has at some place, as words of eight: the last one overlaps the one before, so that nothing is left over.
 * Compared as doubles, which is one load and one compare each: two doubles that are equal have the same bits unless both are zeros,
 * and a piece without NUL has no zeros. What is no number (NaN) equals nothing, so such a piece is never found: slower, not wrong.
 */
export type BytePiece = { readonly words: Float64Array; readonly length: number };

const WORD = 8;

/** The piece of a text of at least eight bytes without NUL; null for any other. */
export const bytePiece = (text: string): BytePiece | null => {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length < WORD || bytes.includes(0)) return null;
  const words = new Float64Array(Math.ceil(bytes.length / WORD));
  for (let i = 0; i < words.length; i++) words[i] = bytes.readDoubleLE(Math.min(i * WORD, bytes.length - WORD));
  return { words, length: bytes.length };
};

/** Whether a piece stands in `view` at `at`; `view` must reach that far. */
export const isPieceAt = (view: DataView, at: number, { words, length }: BytePiece): boolean => {
  const last = words.length - 1;
  for (let i = 0, offset = at; i < last; i++, offset += WORD) {
    if (view.getFloat64(offset, true) !== words[i]) return false;
  }
  return view.getFloat64(at + length - WORD, true) === words[last];
};
