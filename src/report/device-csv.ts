import { type DeviceAddress, deviceKey } from "../domain/device.js";
import type { AccountRecord, RunAccount } from "../domain/run-record.js";
import { csvLine } from "./csv-cell.js";

/** What one device is listed with: the broadcasts, and what was known at the first of them. */
type Listed<E> = { readonly entry: E; readonly messageIds: string[] };

/**
 * The devices that missed a broadcast, one a line in the triplet format without the secret: which broadcasts (ids with spaces
 * between them), since when it was online and its last receipt before the first of them. A list for `--only FILE`.
 */
export function* missingCsv(account: RunAccount): Generator<string> {
  yield csvLine(["DeviceName", "ProductKey", "Broadcasts", "OnlineSince", "LastReceipt"]);
  for (const { entry, messageIds } of byDevice(account, ({ devices }) => devices.missing)) {
    yield csvLine([...front(entry, messageIds), isoTime(entry.onlineSinceUs), isoTime(entry.lastReceiptAtUs)]);
  }
}

/** The devices whose connection ended before a broadcast settled: when, who closed it and why, at the first such broadcast. */
export function* excusedCsv(account: RunAccount): Generator<string> {
  yield csvLine(["DeviceName", "ProductKey", "Broadcasts", "EndedAt", "ClosedBy", "Reason"]);
  for (const { entry, messageIds } of byDevice(account, ({ devices }) => devices.excused)) {
    yield csvLine([...front(entry, messageIds), isoTime(entry.endedAtUs), entry.closedBy, entry.reason]);
  }
}

/** The devices that got a broadcast that was not for them. */
export function* straysCsv(account: RunAccount): Generator<string> {
  yield csvLine(["DeviceName", "ProductKey", "Broadcasts"]);
  for (const { entry, messageIds } of byDevice(account, ({ devices }) => devices.strays)) {
    yield csvLine(front(entry, messageIds));
  }
}

const front = ({ deviceName, productKey }: DeviceAddress, messageIds: readonly string[]): string[] => [
  deviceName,
  productKey,
  messageIds.join(" "),
];

/** Each device once, in the order first listed, with all its broadcasts. */
const byDevice = <E extends DeviceAddress>(
  { broadcasts }: RunAccount,
  of: (record: AccountRecord) => readonly E[],
): Iterable<Listed<E>> => {
  const listed = new Map<string, Listed<E>>();
  for (const record of broadcasts) {
    for (const entry of of(record)) {
      const key = deviceKey(entry);
      const known = listed.get(key);
      if (known === undefined) listed.set(key, { entry, messageIds: [record.messageId] });
      else known.messageIds.push(record.messageId);
    }
  }
  return listed.values();
};

/** Unix µs as an ISO time with all its digits; empty where it is not known. */
const isoTime = (us: number | null): string => {
  if (us === null) return "";
  const ms = Math.floor(us / 1000);
  return new Date(ms).toISOString().replace("Z", `${String(us - ms * 1000).padStart(3, "0")}Z`);
};
