/** One row of a CSV: its line, from 1, and its fields without the blanks around them. */
export type PlacedRow = { readonly line: number; readonly fields: readonly string[] };

/** The blanks that csv-parse's `trim` takes off the start of a field; off its end it takes what `trimEnd` does. */
const LEADING_BLANKS = /^[ \t\f]+/;

/**
 * Reads the rows of a CSV without any double quote: line ends LF, CRLF or CR, fields between commas, rows without any
 * text left out, a UTF-8 BOM accepted. What csv-parse answers for such bytes, without a step per byte in JavaScript.
 */
export const readPlainRows = (bytes: Buffer, onRow: (row: PlacedRow) => void): void => {
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let line = 0;
  for (let start = bom ? 3 : 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const text = bytes.toString("utf8", start, bytes[end - 1] === 0x0d && end > start ? end - 1 : end);
    start = end + 1;
    for (const piece of text.includes("\r") ? text.split("\r") : [text]) {
      line++;
      const fields = plainFields(piece);
      if (fields !== null) onRow({ line, fields });
    }
  }
};

/** The fields of one line of such a CSV, without its end; null where it has no text. */
export const plainFields = (text: string): readonly string[] | null => {
  const fields = text.split(",").map(withoutBlanks);
  return fields.some((field) => field.trim() !== "") ? fields : null;
};

const withoutBlanks = (field: string): string => {
  const first = field.charCodeAt(0);
  const last = field.charCodeAt(field.length - 1);
  return mayBeBlank(first) || mayBeBlank(last) ? field.replace(LEADING_BLANKS, "").trimEnd() : field;
};

/** Cheap, and true for every blank: most fields need no regular expression. */
const mayBeBlank = (code: number): boolean => code <= 0x20 || code >= 0x80;
