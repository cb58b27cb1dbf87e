import type { DeviceRow } from "../page-model.js";

/** A cell that no spreadsheet takes for a formula, quoted where it must be. */
const cell = (text: string): string => {
  const guarded = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
};

/** Rows as CSV, with the names of the columns that `--only` reads; message ids stand apart by spaces. */
export const deviceCsv = (
  rows: readonly DeviceRow[],
  products: readonly string[],
  messageIdOf: (number: number) => string,
  factOf: (row: DeviceRow) => string,
): string => {
  const lines = rows.map((row) => {
    const [kind, name, product, broadcasts] = row;
    return [name, products[product] ?? "", kind, broadcasts.map(messageIdOf).join(" "), factOf(row)]
      .map(cell)
      .join(",");
  });
  return `${["DeviceName,ProductKey,Kind,Broadcasts,Known", ...lines].join("\r\n")}\r\n`;
};
