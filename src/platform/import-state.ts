import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DeviceTriplet } from "../domain/device.js";
import { deviceKey } from "../domain/device.js";
import { IotbError, reasonOf } from "../domain/errors.js";
import { isProductKey } from "../protocol/device-name.js";
import { findJsonFault } from "../protocol/json-fault.js";
import { parseTriplets } from "../protocol/triplet-csv.js";
import { DETAIL_MEMBERS, PRODUCT_MEMBERS, readMembers, STATE_FILES, STATE_SCHEMA } from "./state-layout.js";
import type { DeviceDetails, KeptProduct, PlatformState } from "./state-snapshot.js";

const HINT = "docs/platform-state.md shows the layout; a device is one row of devices.csv";

const fault = (place: string, why: string): IotbError =>
  new IotbError("bad-input-file", `${place}: ${why}`, { hint: HINT });

/** Reads a kept state. Throws `bad-input-file` as `file:line:column: why`; no message holds a secret. */
export const importState = async (dir: string): Promise<PlatformState> => {
  const [products, devices, details] = [STATE_FILES.products, STATE_FILES.devices, STATE_FILES.details].map((name) =>
    join(dir, name),
  ) as [string, string, string];
  const rows = readDevices(devices, await readBytes(devices, "required"));
  return {
    products: readProducts(products, await readBytes(products, "optional")),
    devices: addDetails(rows, details, await readBytes(details, "optional")),
  };
};

const readBytes = async (path: string, need: "required" | "optional"): Promise<Buffer | null> => {
  try {
    return await readFile(path);
  } catch (thrown) {
    const missing = thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
    if (missing && need === "optional") return null;
    throw fault(path, missing ? "no such file" : (reasonOf(thrown).split(",", 1)[0] ?? ""));
  }
};

const readDevices = (path: string, bytes: Buffer | null): readonly DeviceTriplet[] => {
  const { triplets, problems, problemCount } = parseTriplets(bytes ?? "");
  const [first] = problems;
  // a platform that has products and no device yet is a state, too
  if (first === undefined || first.why === "there is a header and no device") return triplets;
  throw fault(
    `${path}:${first.line}:${first.column}`,
    problemCount > 1 ? `${first.why} (and ${problemCount - 1} more)` : first.why,
  );
};

const readProducts = (path: string, bytes: Buffer | null): readonly KeptProduct[] => {
  if (bytes === null) return [];
  const value = parseJson(path, 1, bytes.toString("utf8").replace(/^\ufeff/, ""));
  const list = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  const { schema = STATE_SCHEMA, products } = list as { schema?: unknown; products?: unknown };
  if (schema !== STATE_SCHEMA) throw fault(path, `"schema" is not ${STATE_SCHEMA}: another version wrote it`);
  if (!Array.isArray(products)) throw fault(path, 'no list under "products"');
  const seen = new Set<string>();
  return products.map((product: unknown, i) => {
    const read = readMembers(PRODUCT_MEMBERS, product);
    if ("why" in read) throw fault(path, `product ${i + 1}: ${read.why}`);
    const { productKey = "", ...rest } = read.members;
    if (!isProductKey(productKey)) throw fault(path, `product ${i + 1}: "productKey" is not letters and digits`);
    if (seen.has(productKey)) throw fault(path, `product ${productKey} is there twice`);
    seen.add(productKey);
    return { productKey, ...rest };
  });
};

const addDetails = (
  rows: readonly DeviceTriplet[],
  path: string,
  bytes: Buffer | null,
): readonly (DeviceTriplet & DeviceDetails)[] => {
  if (bytes === null) return rows;
  const known = new Set(rows.map(deviceKey));
  const details = new Map<string, DeviceDetails>();
  bytes
    .toString("utf8")
    .split("\n")
    .forEach((text, i) => {
      if (text.trim() === "") return;
      const read = readMembers(DETAIL_MEMBERS, parseJson(path, i + 1, text));
      if ("why" in read) throw fault(`${path}:${i + 1}`, read.why);
      const { productKey = "", deviceName = "", ...rest } = read.members;
      const key = deviceKey({ productKey, deviceName });
      if (!known.has(key)) throw fault(`${path}:${i + 1}`, `${STATE_FILES.devices} has no device ${key}`);
      if (details.has(key)) throw fault(`${path}:${i + 1}`, `device ${key} is there twice`);
      details.set(key, rest);
    });
  return rows.map((row) => ({ ...row, ...details.get(deviceKey(row)) }));
};

const parseJson = (path: string, line: number, text: string): unknown => {
  const found = findJsonFault(text);
  if (found === null) return JSON.parse(text);
  throw fault(`${path}:${line + found.line - 1}:${found.column}`, "not valid JSON");
};
