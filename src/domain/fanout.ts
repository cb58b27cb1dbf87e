import { type ArrivalBins, BinCounter, mergeBins, NO_ARRIVALS } from "./arrival-bins.js";
import type { ArrivalSlot } from "./arrivals.js";
import type { DeviceIndex } from "./device.js";
import { type HistogramSnapshot, LatencyHistogram } from "./histogram.js";
import type { ConnectionEnd, PresenceAt } from "./presence.js";
import { type Micros, micros } from "./time.js";

/** A device that got nothing because its connection ended: when, who closed it, why. */
export type Excuse = Pick<ConnectionEnd, "device" | "at" | "reason" | "closedBy">;

/** What else is known of a device that missed a broadcast: since when its connection stands, and its last receipt before. */
export type LastSeen = { readonly onlineSince: Micros | null; readonly lastReceiptAt: Micros | null };

/**
 * What became of one broadcast at some of its devices. Digests of disjoint sets of devices merge exactly, in any order. For
 * every digest `expected = delivered + missing + excused + unknown`.
 */
export type FanoutDigest = {
  readonly messageId: string;
  /** Devices of the product that were online when the broadcast was sent. */
  readonly expected: number;
  readonly delivered: number;
  /** No receipt, connection intact. */
  readonly missing: readonly DeviceIndex[];
  /** What is known of the missing, one for each, in their order. */
  readonly missingSeen: readonly LastSeen[];
  /** No receipt, connection ended before settling. */
  readonly excused: readonly Excuse[];
  /** Nobody can tell: held by a process that died, or got a receipt that fits two broadcasts. */
  readonly unknown: number;
  /** The part of `unknown` whose receipts fit two broadcasts. */
  readonly ambiguous: number;
  /** Receipts beyond a device's first. */
  readonly duplicates: number;
  readonly duplicated: readonly DeviceIndex[];
  /** Devices that came online only after sending and got it all the same. */
  readonly latecomers: readonly DeviceIndex[];
  /** Receipts by devices the broadcast was not for. */
  readonly strays: number;
  readonly strayed: readonly DeviceIndex[];
  /** Devices whose receipt had other bytes than were sent. */
  readonly corrupt: readonly DeviceIndex[];
  /** First and last receipt of the delivered, µs; null where nothing was delivered. */
  readonly firstAt: Micros | null;
  readonly lastAt: Micros | null;
  /** The delivered over time, from when the broadcast was due; those with negative times are left out. */
  readonly arrivals: ArrivalBins;
  /** From when the broadcast was due to each delivered device's receipt. */
  readonly latency: HistogramSnapshot;
  /** The absolute values of negative times: a clock error, reported and never mixed in. */
  readonly negative: HistogramSnapshot;
  /** Receipts may have been turned away before the id was known: the account is not to be trusted. */
  readonly incomplete: boolean;
};

/** When a broadcast was due, and which devices it was for. */
export type FanoutQuestion = {
  readonly messageId: string;
  readonly dueAt: Micros;
  readonly settledAt: Micros;
  /** Whether the broadcast was for this device: of its product and, where one is needed, subscribed. */
  readonly isTarget: (device: DeviceIndex) => boolean;
  /** Whether a receipt of this device fits an earlier broadcast as well: it missed that one, and topics carry no id. */
  readonly isAmbiguous: (device: DeviceIndex) => boolean;
  /** Added to each device's number, to make it the number within the whole run. */
  readonly firstDevice: DeviceIndex;
  readonly incomplete: boolean;
  /** What is known of a device before this broadcast. */
  readonly lastSeen: (device: DeviceIndex) => LastSeen;
  /** Told of each delivered device and how late it was, µs (negative only where a clock is wrong). */
  readonly onDelivered?: (device: DeviceIndex, lateUs: number) => void;
};

/** Turns the arrivals of one broadcast and the presence at its sending into a digest. Linear in the devices. */
export const digestArrivals = (slot: ArrivalSlot, presence: PresenceAt, question: FanoutQuestion): FanoutDigest => {
  const { dueAt, settledAt, isTarget, isAmbiguous, firstDevice } = question;
  const latency = new LatencyHistogram();
  const negative = new LatencyHistogram();
  const bins = new BinCounter();
  const missing: DeviceIndex[] = [];
  const missingSeen: LastSeen[] = [];
  const excused: Excuse[] = [];
  const duplicated: DeviceIndex[] = [];
  const latecomers: DeviceIndex[] = [];
  const strayed: DeviceIndex[] = [];
  const corrupt: DeviceIndex[] = [];
  let expected = 0;
  let delivered = 0;
  let ambiguous = 0;
  let strays = slot.misdirected;
  let duplicates = slot.duplicates;
  let firstAt = Number.POSITIVE_INFINITY;
  let lastAt = 0;
  for (let device = 0; device < slot.at.length; device++) {
    const at = slot.at[device] as number;
    const number = firstDevice + device;
    const target = isTarget(device);
    if (slot.gotMisdirected(device) || (at > 0 && !target)) strayed.push(number);
    if (target && presence.online[device] === 1) {
      expected++;
      if (at > 0 && isAmbiguous(device)) {
        ambiguous++;
      } else if (at > 0) {
        delivered++;
        const late = at - dueAt;
        (late >= 0 ? latency : negative).record(micros(Math.abs(late)));
        if (late >= 0) bins.record(late);
        question.onDelivered?.(device, late);
        if (at < firstAt) firstAt = at;
        if (at > lastAt) lastAt = at;
      } else {
        const end = presence.ends.get(device);
        if (end !== undefined && end.at <= settledAt) {
          excused.push({ device: number, at: end.at, reason: end.reason, closedBy: end.closedBy });
        } else {
          missing.push(number);
          missingSeen.push(question.lastSeen(device));
        }
      }
    } else if (at > 0) {
      if (target) {
        latecomers.push(number);
      } else {
        // a receipt counts once: as a stray, not as a stray's duplicate
        strays += 1 + slot.extraOf(device);
        duplicates -= slot.extraOf(device);
      }
    }
    if (at > 0 && slot.isCorrupt(device)) corrupt.push(number);
    if (target && slot.extraOf(device) > 0) duplicated.push(number);
  }
  return {
    messageId: question.messageId,
    expected,
    delivered,
    missing,
    missingSeen,
    excused,
    unknown: ambiguous,
    ambiguous,
    duplicates,
    duplicated,
    latecomers,
    strays,
    strayed,
    corrupt,
    firstAt: delivered > 0 ? micros(firstAt) : null,
    lastAt: delivered > 0 ? micros(lastAt) : null,
    arrivals: bins.bins(),
    latency: latency.snapshot(),
    negative: negative.snapshot(),
    incomplete: question.incomplete,
  };
};

/** The digest of devices whose process died: all that were expected are unknown. */
export const unknownDigest = (messageId: string, expected: number): FanoutDigest => ({
  messageId,
  expected,
  delivered: 0,
  missing: [],
  missingSeen: [],
  excused: [],
  unknown: expected,
  ambiguous: 0,
  duplicates: 0,
  duplicated: [],
  latecomers: [],
  strays: 0,
  strayed: [],
  corrupt: [],
  firstAt: null,
  lastAt: null,
  arrivals: NO_ARRIVALS,
  latency: new LatencyHistogram().snapshot(),
  negative: new LatencyHistogram().snapshot(),
  incomplete: false,
});

/** One digest of several: counts add, sets unite, histograms add. Of none: a digest of no devices. */
export const mergeDigests = (messageId: string, digests: readonly FanoutDigest[]): FanoutDigest => {
  const sum = (of: (digest: FanoutDigest) => number) => digests.reduce((total, digest) => total + of(digest), 0);
  const times = (of: (digest: FanoutDigest) => Micros | null) =>
    digests.map(of).filter((at): at is Micros => at !== null);
  const merged = (of: (digest: FanoutDigest) => HistogramSnapshot) => {
    const histogram = new LatencyHistogram();
    for (const digest of digests) histogram.add(of(digest));
    return histogram.snapshot();
  };
  const first = times((digest) => digest.firstAt);
  const last = times((digest) => digest.lastAt);
  return {
    messageId,
    expected: sum((digest) => digest.expected),
    delivered: sum((digest) => digest.delivered),
    missing: digests.flatMap((digest) => digest.missing),
    missingSeen: digests.flatMap((digest) => digest.missingSeen),
    excused: digests.flatMap((digest) => digest.excused),
    unknown: sum((digest) => digest.unknown),
    ambiguous: sum((digest) => digest.ambiguous),
    duplicates: sum((digest) => digest.duplicates),
    duplicated: digests.flatMap((digest) => digest.duplicated),
    latecomers: digests.flatMap((digest) => digest.latecomers),
    strays: sum((digest) => digest.strays),
    strayed: digests.flatMap((digest) => digest.strayed),
    corrupt: digests.flatMap((digest) => digest.corrupt),
    firstAt: first.length > 0 ? first.reduce((a, b) => (a < b ? a : b)) : null,
    lastAt: last.length > 0 ? last.reduce((a, b) => (a > b ? a : b)) : null,
    arrivals: mergeBins(digests.map((digest) => digest.arrivals)),
    latency: merged((digest) => digest.latency),
    negative: merged((digest) => digest.negative),
    incomplete: digests.some((digest) => digest.incomplete),
  };
};
