import { type DeviceRoster, listRoster } from "../domain/device-roster.js";
import type { FileIdentity, RowSource } from "../domain/device-source.js";
import { type ScannedFile, scanTripletFile } from "./scan-triplet-file.js";
import { readTripletFile, refuseProblems } from "./triplet-file.js";

/** The devices of a file, and the host that a device config names. */
export type RosterFile = { readonly roster: DeviceRoster; readonly host: string | null };

/**
 * Reads which devices a triplet CSV or a device config has, all of them or those of `only`. A CSV without quotes is scanned by
 * blocks and its rows are read by whoever needs their secrets; anything else is read whole. Throws `bad-input-file`.
 */
export const readRoster = async (path: string, only: ReadonlySet<string> | null): Promise<RosterFile> => {
  const scanned = await scanTripletFile(path);
  if (scanned === null) {
    const { triplets, host } = await readTripletFile(path);
    const chosen = only === null ? triplets : triplets.filter(({ deviceName }) => only.has(deviceName));
    return { roster: listRoster(chosen), host };
  }
  refuseProblems(path, scanned.scan);
  const { names } = scanned.scan;
  const rows = Uint32Array.from({ length: names.count }, (_, row) => row);
  const chosen = only === null ? rows : rows.filter((row) => only.has(names.nameAt(row)));
  return { roster: rowRoster(scanned, chosen), host: null };
};

/** A roster of some rows of a scanned file. */
const rowRoster = (scanned: ScannedFile, rows: Uint32Array): DeviceRoster => {
  const { names, places, offsets } = scanned.scan;
  const rowOf = (device: number): number => {
    const row = rows[device];
    if (row === undefined) throw new RangeError(`no device ${device} of ${rows.length}`);
    return row;
  };
  return {
    count: rows.length,
    nameAt: (device) => names.nameAt(rowOf(device)),
    productAt: (device) => names.productAt(rowOf(device)),
    slice: (first, end) => rowRoster(scanned, rows.subarray(first, end)),
    source: (): RowSource => ({
      kind: "rows",
      file: scanned.file,
      places,
      ranges: rangesOf(rows, offsets, scanned.file),
      count: rows.length,
    }),
  };
};

/** Rows that follow each other are one range; each ends where the next row of the file starts. */
const rangesOf = (rows: Uint32Array, offsets: Float64Array, { size }: FileIdentity): Float64Array => {
  const ranges: number[] = [];
  for (let i = 0; i < rows.length; ) {
    const start = i;
    const first = rows[start] as number;
    while (rows[i] === first + i - start) i++;
    ranges.push(offsets[first] ?? 0, offsets[first + i - start] ?? Number(size), i - start);
  }
  return Float64Array.from(ranges);
};
