/**
 * A cell of a CSV file. What a spreadsheet would take for a formula (a leading `=`, `+`, `-`, `@`, tab or line end) gets a leading
 * apostrophe; what needs quotes gets them.
 */
export const csvCell = (text: string): string => {
  const guarded = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
};

/** A line of a CSV file, with its end. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(",")}\n`;
