/** A place in a CSV by line, from 1, and field, from 0; a field below 0 is the row as a whole. */
export type FieldPlace = { readonly line: number; readonly field: number };

/**
 * Turns the fields of some places, in the order of their lines, into columns, from 1: where an editor has to go. Done after
 * reading, for the few rows that are wrong, because a place per field of every row would cost more than reading.
 */
export const columnsOf = (bytes: Buffer, places: readonly FieldPlace[]): readonly number[] => {
  let line = 1;
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return places.map((place) => {
    while (line < place.line) {
      const newline = bytes.indexOf(0x0a, start);
      if (newline < 0) break;
      start = newline + 1;
      line++;
    }
    const end = bytes.indexOf(0x0a, start);
    return columnOfField(bytes.toString("utf8", start, end < 0 ? bytes.length : end), place.field);
  });
};

/** The column, from 1, where a field of one line of CSV starts; the last one's where there are too few. */
export const columnOfField = (text: string, field: number): number => {
  let start = 0;
  let quoted = false;
  let seen = 0;
  for (let at = 0; at < text.length && seen < field; at++) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === "," && !quoted) {
      seen++;
      start = at + 1;
    }
  }
  return start + 1;
};
