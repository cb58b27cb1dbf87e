import type { DeviceAddress, DeviceIndex } from "../domain/device.js";
import type { AccountRecord, RunAccount } from "../domain/run-record.js";
import { countsOf, type SettledBroadcast } from "../domain/summary.js";
import type { Micros } from "../domain/time.js";

/** How numbers of devices and monotonic times are told to others. */
export type Naming = {
  readonly addressOf: (device: DeviceIndex) => DeviceAddress;
  readonly unixOf: (at: Micros) => number;
};

/** The account of a run in the form that is kept and merges: devices by name, times as Unix µs. */
export const accountOf = (broadcasts: readonly SettledBroadcast[], naming: Naming): RunAccount => ({
  schema: "iotb.account/1",
  broadcasts: broadcasts.map((broadcast) => accountRecord(broadcast, naming)),
});

const accountRecord = (broadcast: SettledBroadcast, { addressOf, unixOf }: Naming): AccountRecord => {
  const { digest } = broadcast;
  const orNull = (at: Micros | null) => (at === null ? null : unixOf(at));
  const addresses = (devices: readonly DeviceIndex[]) => devices.map(addressOf);
  return {
    messageId: digest.messageId,
    warmup: broadcast.warmup,
    basis: broadcast.basis,
    dueAtUs: unixOf(broadcast.dueAt),
    sentAtUs: unixOf(broadcast.sentAt),
    acceptedAtUs: unixOf(broadcast.acceptedAt),
    firstAtUs: orNull(digest.firstAt),
    lastAtUs: orNull(digest.lastAt),
    counts: { ...countsOf(broadcast), ambiguous: digest.ambiguous },
    incomplete: digest.incomplete,
    latency: digest.latency,
    negative: digest.negative,
    arrivals: digest.arrivals,
    devices: {
      // without a basis nobody can tell who is missing
      missing: (broadcast.basis === "none" ? [] : digest.missing).map((device, i) => ({
        ...addressOf(device),
        onlineSinceUs: orNull(digest.missingSeen[i]?.onlineSince ?? null),
        lastReceiptAtUs: orNull(digest.missingSeen[i]?.lastReceiptAt ?? null),
      })),
      excused: digest.excused.map(({ device, at, reason, closedBy }) => ({
        ...addressOf(device),
        endedAtUs: unixOf(at),
        reason,
        closedBy,
      })),
      strays: addresses(digest.strayed),
      duplicates: addresses(digest.duplicated),
      latecomers: addresses(digest.latecomers),
      corrupt: addresses(digest.corrupt),
    },
  };
};
