import type { DeviceTriplet } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import { isDeviceName, isDeviceSecret, isProductKey } from "./device-name.js";
import { findJsonFault, positionAt } from "./json-fault.js";

/** One device as an `iot-device-config.json` describes it. */
export type DeviceConfig = {
  readonly triplet: DeviceTriplet;
  /** A host name or a URL, as written; null where the file has none. */
  readonly host: string | null;
};

/** What each key may hold. */
const CHECKS: readonly (readonly [string, (text: string) => boolean, string])[] = [
  ["productKey", isProductKey, "is not 1 to 64 letters and digits"],
  ["deviceName", isDeviceName, "is not 4 to 32 letters, digits or _ - @ . :"],
  ["deviceSecret", isDeviceSecret, "is empty or holds blanks, commas, quotes or non-ASCII characters"],
];

const HINT =
  'keys and texts need double quotes: { "productKey": "…", "deviceName": "…", "deviceSecret": "…", "host": "…" }';

/** Longer lines are cut in a message. */
const MAX_SHOWN_LINE = 100;

/**
 * Reads an `iot-device-config.json`: `productKey`, `deviceName`, `deviceSecret` and optionally `host`; other keys are ignored.
 * `file` names it in messages. Throws `bad-input-file` with line and column; the secret is masked in the line that is shown.
 */
export const parseDeviceConfig = (text: string, file: string): DeviceConfig => {
  const json = text.startsWith("\ufeff") ? text.slice(1) : text;
  const fault = findJsonFault(json);
  if (fault !== null) {
    const where = `${file}:${fault.line}:${fault.column}`;
    throw new IotbError("bad-input-file", `${where}: ${fault.why}: ${shownLine(json, fault.offset)}`, { hint: HINT });
  }
  const value: unknown = JSON.parse(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new IotbError("bad-input-file", `${file}:1:1: not a JSON object with a device's keys`, { hint: HINT });
  }
  const config: Record<string, unknown> = { ...value };
  for (const [key, isLegal, why] of CHECKS) {
    const given = config[key];
    if (given === undefined) throw new IotbError("bad-input-file", `${file}:1:1: no key ${key}`, { hint: HINT });
    if (typeof given !== "string" || !isLegal(given)) {
      throw new IotbError("bad-input-file", `${file}:${placeOfKey(json, key)}: ${key} ${why}`);
    }
  }
  const { productKey, deviceName, deviceSecret, host } = config;
  if (host !== undefined && host !== null && (typeof host !== "string" || !/^[\x21-\x7e]{1,512}$/.test(host))) {
    throw new IotbError("bad-input-file", `${file}:${placeOfKey(json, "host")}: host is not a host name or a URL`);
  }
  return {
    triplet: { productKey: String(productKey), deviceName: String(deviceName), deviceSecret: String(deviceSecret) },
    host: typeof host === "string" ? host : null,
  };
};

/** `line:column` of a key of a text that is JSON. Inside a JSON string the quotes would be escaped, so only a key can match. */
const placeOfKey = (json: string, key: string): string => {
  const at = json.search(new RegExp(`"${key}"\\s*:`));
  const { line, column } = positionAt(json, Math.max(at, 0));
  return `${line}:${column}`;
};

/** The line around an offset, with what could be the secret masked. */
const shownLine = (text: string, offset: number): string => {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(start, end < 0 ? text.length : end).trim();
  // A value that stands on a line of its own has lost the key that tells what it is.
  if (/secret["']?\s*:?\s*$/i.test(text.slice(0, start))) return "***";
  const masked = line
    .replace(/(secret["']?\s*[:=]?\s*)(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,}]+)/gi, '$1"***"')
    .replace(/[0-9A-Za-z]{16,}/g, "***");
  return masked.length > MAX_SHOWN_LINE ? `${masked.slice(0, MAX_SHOWN_LINE)}…` : masked;
};
