import { isDeviceName, isDeviceSecret, isProductKey } from "./device-name.js";

/** The columns of a triplet CSV, in the order of values and places here. */
export const TRIPLET_COLUMNS = ["DeviceName", "DeviceSecret", "ProductKey"] as const;

/** What is wrong with a row: the field, from 0 (-1: the row as a whole), and why, without a secret. */
export type RowFault = { readonly field: number; readonly why: string };

/** What each column may hold. */
const CHECKS: readonly { readonly isLegal: (text: string) => boolean; readonly why: string }[] = [
  { isLegal: isDeviceName, why: "the device name is not 4 to 32 letters, digits or _ - @ . :" },
  {
    isLegal: isDeviceSecret,
    why: "the device secret is empty or holds blanks, commas, quotes or non-ASCII characters",
  },
  { isLegal: isProductKey, why: "the product key is not 1 to 64 letters and digits" },
];

/** Where the header's fields are found, in the order of {@link TRIPLET_COLUMNS}; or why it is none. */
export const readHeader = (fields: readonly string[]): readonly number[] | RowFault => {
  const names = fields.map((field) => field.toLowerCase());
  const places = TRIPLET_COLUMNS.map((column) => names.indexOf(column.toLowerCase()));
  const missing = TRIPLET_COLUMNS.filter((_, i) => (places[i] ?? -1) < 0);
  if (missing.length === 0) return places;
  // A file without a header would have a secret in this place: only words that look like column names are shown.
  const shown = fields.slice(0, 8).map((field) => (/^[A-Za-z][A-Za-z_ ]{0,31}$/.test(field) ? field : "…"));
  const more = fields.length > 8 ? " and more" : "";
  return { field: -1, why: `no column ${missing.join(", ")} (the header has: ${shown.join(", ")}${more})` };
};

/** The name, secret and product key of a row; or what is wrong with it. */
export const readRow = (
  fields: readonly string[],
  places: readonly number[],
): readonly [deviceName: string, deviceSecret: string, productKey: string] | RowFault => {
  const needed = Math.max(...places) + 1;
  if (fields.length < needed) return { field: fields.length - 1, why: `${fields.length} of ${needed} fields` };
  const [deviceName = "", deviceSecret = "", productKey = ""] = places.map((place) => fields[place] ?? "");
  const values = [deviceName, deviceSecret, productKey] as const;
  const wrong = CHECKS.findIndex(({ isLegal }, i) => !isLegal(values[i] ?? ""));
  return wrong < 0 ? values : { field: places[wrong] ?? -1, why: CHECKS[wrong]?.why ?? "" };
};

/** Whether {@link readHeader} or {@link readRow} found a fault. */
export const isFault = (read: object): read is RowFault => "why" in read;

/** Why a device's second row is one too many. */
export const duplicateText = (deviceName: string, productKey: string, line: number): string =>
  `device ${shown(deviceName)} of product ${shown(productKey)} is on line ${line} already`;

/** A secret in the wrong column can be a legal name or product key: what is as long as one is not shown. */
const shown = (name: string): string => name.replace(/[0-9A-Za-z]{16,}/g, "***");
