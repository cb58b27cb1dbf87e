import { type DeviceAddress, deviceKey } from "../../domain/device.js";
import type { AccountRecord } from "../../domain/run-record.js";
import type { DeviceFact, DeviceKind, DeviceRow, PageDevices } from "./page-model.js";

/** How many pairs of a device and a broadcast a page holds at most: more would make it slow to open. */
const PAIRS_KEPT = 300_000;

/** µs to ms from when a broadcast was due. */
const since = (us: number | null, dueAtUs: number): number | null => (us === null ? null : (us - dueAtUs) / 1000);

/** The entries of a kind in one broadcast. */
const entriesOf = (
  { devices, dueAtUs }: AccountRecord,
  kind: DeviceKind,
): readonly (readonly [DeviceAddress, DeviceFact])[] => {
  switch (kind) {
    case "missing":
      return devices.missing.map((entry) => [
        entry,
        [since(entry.onlineSinceUs, dueAtUs), since(entry.lastReceiptAtUs, dueAtUs)],
      ]);
    case "excused":
      return devices.excused.map((entry) => [
        entry,
        [(entry.endedAtUs - dueAtUs) / 1000, entry.closedBy, entry.reason],
      ]);
    default:
      return devices[kind].map((entry) => [entry, 0]);
  }
};

/** A broadcast of the account with its number in the run, from 1. */
export type NumberedRecord = { readonly number: number; readonly record: AccountRecord };

type Growing = { readonly address: DeviceAddress; readonly broadcasts: number[]; readonly facts: DeviceFact[] };

/**
 * The devices of which something is to be told, one row for each device and kind, the kinds that fail a run first. `records`
 * come in the order of the run; where there are more than `most` pairs of device and broadcast, the rest is counted only.
 */
export const deviceRows = (records: readonly NumberedRecord[], most: number = PAIRS_KEPT): PageDevices => {
  const products = new Map<string, number>();
  const rows: DeviceRow[] = [];
  let pairs = 0;
  let leftOut = 0;
  for (const kind of ["missing", "strays", "corrupt", "excused", "duplicates", "latecomers"] as const) {
    const found = new Map<string, Growing>();
    for (const { number, record } of records) {
      for (const [address, fact] of entriesOf(record, kind)) {
        if (pairs >= most) {
          leftOut++;
          continue;
        }
        pairs++;
        const key = deviceKey(address);
        const row = found.get(key) ?? { address, broadcasts: [], facts: [] };
        row.broadcasts.push(number);
        row.facts.push(fact);
        found.set(key, row);
      }
    }
    for (const { address, broadcasts, facts } of found.values()) {
      const product = products.get(address.productKey) ?? products.size;
      products.set(address.productKey, product);
      rows.push([kind, address.deviceName, product, broadcasts, facts.some((fact) => fact !== 0) ? facts : []]);
    }
  }
  return { products: [...products.keys()], rows, leftOut };
};
