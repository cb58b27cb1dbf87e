import { readFile } from "node:fs/promises";
import type { DeviceTriplet } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import { parseDeviceConfig } from "../protocol/device-config.js";
import { parseTriplets, type TripletProblem, type TripletTable } from "../protocol/triplet-csv.js";
import { fileFault } from "./file-fault.js";
import { looksLikeJson } from "./scan-triplet-file.js";

/** The devices of a file, in its order. */
export type TripletFile = {
  readonly triplets: readonly DeviceTriplet[];
  /** The line of each triplet; 1 for that of a device config. */
  readonly lines: readonly number[];
  /** A device config's host, as written; null for a CSV. */
  readonly host: string | null;
};

/**
 * Reads the devices of a triplet CSV or of an `iot-device-config.json`, told apart by their first character. Throws
 * `bad-input-file` for the first problem, as `file:line:column: why`; no message holds a secret.
 */
export const readTripletFile = async (path: string): Promise<TripletFile> => {
  const { table, host } = await inspectTripletFile(path);
  refuseProblems(path, table);
  return { triplets: table.triplets, lines: table.lines, host };
};

/** Throws `bad-input-file` for the first of a file's problems, if it has any, and says how many more there are. */
export const refuseProblems = (
  path: string,
  { problems, problemCount }: { readonly problems: readonly TripletProblem[]; readonly problemCount: number },
): void => {
  const [first] = problems;
  if (first === undefined) return;
  const more = problemCount - 1;
  throw new IotbError("bad-input-file", `${path}:${first.line}:${first.column}: ${first.why}`, {
    hint: more > 0 ? `and ${more} more: iotb devices check ${path}` : HINT,
  });
};

const HINT = "a triplet CSV starts with DeviceName,DeviceSecret,ProductKey; iotb devices generate writes one";

/** Reads such a file with all its problems. Throws `bad-input-file` only where it cannot be read or is a broken device config. */
export const inspectTripletFile = async (
  path: string,
): Promise<{ readonly table: TripletTable; readonly host: string | null }> => {
  const bytes = await readFile(path).catch((thrown: unknown) => {
    throw fileFault("bad-input-file", path, thrown);
  });
  if (!looksLikeJson(bytes.toString("utf8", 0, 256))) return { table: parseTriplets(bytes), host: null };
  const { triplet, host } = parseDeviceConfig(bytes.toString("utf8"), path);
  return { table: { triplets: [triplet], lines: [1], problems: [], problemCount: 0 }, host };
};
