import { ArrivalSlot } from "../../src/domain/arrivals.js";
import type { PresenceChange } from "../../src/domain/broadcast.js";
import { digestArrivals, type FanoutDigest, type FanoutQuestion } from "../../src/domain/fanout.js";
import { PresenceLog } from "../../src/domain/presence.js";
import type { SettledBroadcast } from "../../src/domain/summary.js";
import { micros } from "../../src/domain/time.js";

/** A question about a broadcast due at 1,000 µs and settled at 100,000 µs that was for every device. */
export const question = (more: Partial<FanoutQuestion> = {}): FanoutQuestion => ({
  messageId: "1",
  dueAt: micros(1000),
  settledAt: micros(100_000),
  isTarget: () => true,
  isAmbiguous: () => false,
  firstDevice: 0,
  incomplete: false,
  lastSeen: () => ({ onlineSince: null, lastReceiptAt: null }),
  ...more,
});

/** Presence at 1,000 µs of `count` devices that were online from 1 µs on, with these changes after. */
export const presenceOf = (count: number, changes: readonly PresenceChange[] = [], offline: readonly number[] = []) => {
  const log = new PresenceLog(count);
  log.keepFrom(micros(0));
  for (let device = 0; device < count; device++) {
    if (!offline.includes(device)) log.record({ device, at: micros(1), state: "online" });
  }
  for (const change of changes) log.record(change);
  return log.at(micros(1000));
};

/** The end of a connection. */
export const ended = (device: number, at: number, reason = "closed"): PresenceChange => ({
  device,
  at: micros(at),
  state: "offline",
  reason,
  closedBy: "platform",
});

/** A slot with these `[device, µs]` receipts. */
export const slotOf = (count: number, receipts: readonly (readonly [number, number])[]): ArrivalSlot => {
  const slot = new ArrivalSlot(count);
  for (const [device, at] of receipts) slot.record(device, micros(at));
  return slot;
};

/** The digest of a broadcast due at 1,000 µs whose devices had it after so many µs each; null never got it. */
export const digestOf = (latencies: readonly (number | null)[], messageId = "1"): FanoutDigest =>
  digestArrivals(
    slotOf(
      latencies.length,
      latencies.flatMap((late, device) => (late === null ? [] : [[device, 1000 + late] as const])),
    ),
    presenceOf(latencies.length),
    question({ messageId }),
  );

/** A broadcast due at 1,000 µs, sent at 1,100 and accepted at 3,100. */
export const settled = (digest: FanoutDigest, more: Partial<SettledBroadcast> = {}): SettledBroadcast => ({
  dueAt: micros(1000),
  sentAt: micros(1100),
  acceptedAt: micros(3100),
  warmup: false,
  basis: "presence",
  digest,
  ...more,
});
