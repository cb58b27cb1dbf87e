import type { ClosedBy } from "../domain/broadcast.js";
import { type DeviceAddress, type DeviceIndex, deviceKey } from "../domain/device.js";
import { type FanoutDigest, mergeDigests } from "../domain/fanout.js";
import type { AccountRecord, RecordedRun } from "../domain/run-record.js";
import type { SettledBroadcast } from "../domain/summary.js";
import { micros } from "../domain/time.js";
import { checkMergeable } from "./check-mergeable.js";

/** The broadcasts of one or more recorded runs, as if they had been measured as one. Times are Unix µs. */
export type MergedRuns = {
  /** In the order sent. */
  readonly broadcasts: readonly SettledBroadcast[];
  /** The devices that the accounts name, by their numbers in the broadcasts. */
  readonly addressOf: (device: DeviceIndex) => DeviceAddress;
  /** The name of a device, with its product where that is not the run's. */
  readonly nameOf: (device: DeviceIndex) => string;
};

/**
 * Rebuilds the broadcasts of runs from their accounts. Records of one message id are of disjoint devices and merge exactly;
 * devices are numbered in the order of their products and names, so that it makes no difference how a fleet was cut up. Throws
 * what {@link checkMergeable} throws.
 */
export const mergeRuns = (runs: readonly RecordedRun[]): MergedRuns => {
  checkMergeable(runs);
  const records = runs.flatMap(({ account }) => account.broadcasts);
  const devices = namedDevices(records);
  const numbers = new Map(devices.map((device, i) => [deviceKey(device), i] as const));
  const numberOf = (device: DeviceAddress): DeviceIndex => numbers.get(deviceKey(device)) ?? -1;
  const byId = new Map<string, AccountRecord[]>();
  for (const record of records) {
    const parts = byId.get(record.messageId);
    if (parts === undefined) byId.set(record.messageId, [record]);
    else parts.push(record);
  }
  const broadcasts = [...byId.values()].flatMap((parts) => mergeRecords(parts, numberOf));
  const product = runs[0]?.summary.target.productKey ?? null;
  const addressOf = (device: DeviceIndex): DeviceAddress => {
    const found = devices[device];
    if (found === undefined) throw new RangeError(`no device ${device} of ${devices.length}`);
    return found;
  };
  return {
    broadcasts: broadcasts.sort((a, b) => a.sentAt - b.sentAt || compare(a.digest.messageId, b.digest.messageId)),
    addressOf,
    nameOf: (device) => {
      const address = addressOf(device);
      return product === null || address.productKey === product ? address.deviceName : deviceKey(address);
    },
  };
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const namedDevices = (records: readonly AccountRecord[]): readonly DeviceAddress[] => {
  const named = new Map<string, DeviceAddress>();
  for (const { devices } of records) {
    for (const list of Object.values(devices)) {
      for (const { productKey, deviceName } of list) {
        named.set(deviceKey({ productKey, deviceName }), { productKey, deviceName });
      }
    }
  }
  return [...named.values()].sort((a, b) => compare(a.productKey, b.productKey) || compare(a.deviceName, b.deviceName));
};

const mergeRecords = (
  parts: readonly AccountRecord[],
  numberOf: (device: DeviceAddress) => DeviceIndex,
): SettledBroadcast[] => {
  const [first] = parts;
  if (first === undefined) return [];
  return [
    {
      dueAt: micros(first.dueAtUs),
      sentAt: micros(first.sentAtUs),
      acceptedAt: micros(first.acceptedAtUs),
      warmup: first.warmup,
      basis: first.basis,
      digest: inOrder(
        mergeDigests(
          first.messageId,
          parts.map((part) => digestOf(part, numberOf)),
        ),
      ),
    },
  ];
};

/** The devices of each list in the order of their numbers, whichever part they came from. */
const inOrder = (digest: FanoutDigest): FanoutDigest => {
  const sorted = (devices: readonly DeviceIndex[]) => devices.slice().sort((a, b) => a - b);
  const places = digest.missing.map((_, i) => i).sort((a, b) => Number(digest.missing[a]) - Number(digest.missing[b]));
  return {
    ...digest,
    missing: sorted(digest.missing),
    missingSeen: places.flatMap((place) => digest.missingSeen[place] ?? []),
    excused: digest.excused.slice().sort((a, b) => a.device - b.device),
    duplicated: sorted(digest.duplicated),
    latecomers: sorted(digest.latecomers),
    strayed: sorted(digest.strayed),
    corrupt: sorted(digest.corrupt),
  };
};

const digestOf = (record: AccountRecord, numberOf: (device: DeviceAddress) => DeviceIndex): FanoutDigest => {
  const { counts, devices } = record;
  const at = (unixUs: number | null) => (unixUs === null ? null : micros(unixUs));
  return {
    messageId: record.messageId,
    // without an expected set the account names nobody as missing: those that answered are all there is
    expected: counts.expected ?? counts.delivered + counts.unknown,
    delivered: counts.delivered,
    missing: devices.missing.map(numberOf),
    missingSeen: devices.missing.map(({ onlineSinceUs, lastReceiptAtUs }) => ({
      onlineSince: at(onlineSinceUs),
      lastReceiptAt: at(lastReceiptAtUs),
    })),
    excused: devices.excused.map((entry) => ({
      device: numberOf(entry),
      at: micros(entry.endedAtUs),
      reason: entry.reason,
      closedBy: entry.closedBy as ClosedBy,
    })),
    unknown: counts.unknown,
    ambiguous: counts.ambiguous,
    duplicates: counts.duplicates,
    duplicated: devices.duplicates.map(numberOf),
    latecomers: devices.latecomers.map(numberOf),
    strays: counts.strays,
    strayed: devices.strays.map(numberOf),
    corrupt: devices.corrupt.map(numberOf),
    firstAt: at(record.firstAtUs),
    lastAt: at(record.lastAtUs),
    arrivals: record.arrivals,
    latency: record.latency,
    negative: record.negative,
    incomplete: record.incomplete,
  };
};
