import { readFile } from "node:fs/promises";
import { IotbError } from "../domain/errors.js";
import { isDeviceName } from "../protocol/device-name.js";
import { fileFault } from "./file-fault.js";

/**
 * Reads names of devices: one a line, or the first column of a CSV whose header has `DeviceName`, such as a report's list of
 * missing devices. Blank lines are skipped. Throws `bad-input-file` with the line.
 */
export const readDeviceNames = async (path: string): Promise<readonly string[]> => {
  const text = await readFile(path, "utf8").catch((thrown: unknown) => {
    throw fileFault("bad-input-file", path, thrown);
  });
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const header = (lines[0] ?? "").split(",").map((cell) => cell.trim().toLowerCase());
  const column = header.indexOf("devicename");
  const names: string[] = [];
  lines.forEach((line, i) => {
    if (line.trim() === "" || (i === 0 && column >= 0)) return;
    // a list that iotb wrote guards names that a spreadsheet would take for formulas; no name begins with an apostrophe
    const name = (line.split(",")[Math.max(0, column)] ?? "").trim().replace(/^'/, "");
    if (!isDeviceName(name)) throw new IotbError("bad-input-file", `${path}:${i + 1}: not a device name`);
    names.push(name);
  });
  if (names.length === 0) throw new IotbError("bad-input-file", `${path}: no device names in it`);
  return names;
};
