import type { DeviceIndex } from "./device.js";
import type { FanoutDigest } from "./fanout.js";
import { atQuantile, type HistogramSnapshot, isKnown, LatencyHistogram, type PerMille } from "./histogram.js";
import { type Micros, toMillis } from "./time.js";

/**
 * Where the expected set comes from: connections seen to come and go; a list of devices (then nobody can tell who was offline);
 * or nowhere (then nobody can tell who is missing).
 */
export type ExpectedBasis = "presence" | "list" | "none";

/** One broadcast after it settled: what the API said and what the devices said. */
export type SettledBroadcast = {
  readonly dueAt: Micros;
  readonly sentAt: Micros;
  readonly acceptedAt: Micros;
  /** An extra broadcast first: its losses count, its times do not. */
  readonly warmup: boolean;
  readonly basis: ExpectedBasis;
  readonly digest: FanoutDigest;
};

/** Times of a distribution in ms; null where too few samples say anything of it. */
export type LatencySummary = Readonly<
  Record<"min" | "mean" | "p50" | "p90" | "p95" | "p99" | "p999" | "max", number | null>
>;

/** How long until so much of the expected fleet had it, ms from when it was due; null where that was never reached. */
export type CoverageSummary = Readonly<Record<"p50" | "p90" | "p99" | "p999" | "p100", number | null>>;

/** The account's counts. `expected = delivered + missing + excused + unknown`; null is not known (see {@link ExpectedBasis}). */
export type AccountCounts = Readonly<
  Record<"delivered" | "unknown" | "duplicates" | "latecomers" | "strays" | "corrupt", number> &
    Record<"expected" | "missing" | "excused", number | null>
>;

/** One broadcast as reports show it; keys and units are the JSON contract's. */
export type BroadcastSummary = AccountCounts & {
  readonly messageId: string;
  readonly warmup: boolean;
  readonly dueAtUs: number;
  readonly sentAtUs: number;
  readonly acceptedAtUs: number;
  readonly apiMs: number;
  readonly missingDevices: readonly string[];
  readonly excusedDevices: readonly string[];
  readonly strayDevices: readonly string[];
  readonly duplicateDevices: readonly string[];
  readonly latencyMs: LatencySummary;
  readonly coverageMs: CoverageSummary;
  /** First to last receipt. */
  readonly spreadMs: number | null;
  readonly deliveriesPerSecond: number | null;
  /** Receipts earlier than their sending, which only a clock error explains; left out of the times above. */
  readonly negativeLatencies: number;
};

/** The whole run: counts summed, histograms merged, the worst broadcast's coverage. */
export type TotalSummary = AccountCounts & {
  readonly broadcasts: number;
  readonly latencyMs: LatencySummary;
  readonly coverageMs: CoverageSummary;
  readonly apiMs: Readonly<Record<"min" | "p50" | "p99" | "max", number | null>>;
  readonly negativeLatencies: number;
};

/** How many device names a summary lists of each kind. */
const NAMES_KEPT = 20;

/** Reads a histogram that travelled. */
export const histogramOf = (...snapshots: readonly HistogramSnapshot[]): LatencyHistogram => {
  const histogram = new LatencyHistogram();
  for (const snapshot of snapshots) histogram.add(snapshot);
  return histogram;
};

const inMs = (us: number | null): number | null => (us === null ? null : toMillis(us));

/** The latency block of a distribution. */
export const summarizeLatency = (histogram: LatencyHistogram): LatencySummary => ({
  min: inMs(histogram.minUs),
  mean: inMs(histogram.meanUs === null ? null : Math.round(histogram.meanUs)),
  p50: inMs(atQuantile(histogram, 500)),
  p90: inMs(atQuantile(histogram, 900)),
  p95: inMs(atQuantile(histogram, 950)),
  p99: inMs(atQuantile(histogram, 990)),
  p999: inMs(atQuantile(histogram, 999)),
  max: inMs(histogram.maxUs),
});

/**
 * How long until `share` (0 < share ≤ 1) of the expected devices had a broadcast, ms from when it was due: the latency at rank
 * ⌈share·expected⌉, or null if so many never got it.
 */
export const coverageMs = (
  digest: Pick<FanoutDigest, "expected" | "latency" | "negative">,
  share: number,
  latency = histogramOf(digest.latency),
): number | null => {
  // rounding guards against 0.99 · 100 = 99.00000000000001
  const rank = Math.max(1, Math.ceil(Number((share * digest.expected).toFixed(6))));
  return inMs(latency.atRank(rank - digest.negative.count));
};

/** The coverage block of one broadcast. */
const summarizeCoverage = ({ digest, basis }: SettledBroadcast): CoverageSummary => {
  if (basis === "none") return { p50: null, p90: null, p99: null, p999: null, p100: null };
  const latency = histogramOf(digest.latency);
  return {
    p50: coverageMs(digest, 0.5, latency),
    p90: coverageMs(digest, 0.9, latency),
    p99: coverageMs(digest, 0.99, latency),
    p999: coverageMs(digest, 0.999, latency),
    p100: coverageMs(digest, 1, latency),
  };
};

/** The counts of one broadcast; what its basis cannot tell is null. */
export const countsOf = ({ digest, basis }: SettledBroadcast): AccountCounts => ({
  expected: basis === "none" ? null : digest.expected,
  delivered: digest.delivered,
  missing: basis === "none" ? null : digest.missing.length,
  excused: basis === "presence" ? digest.excused.length : null,
  unknown: digest.unknown,
  duplicates: digest.duplicates,
  latecomers: digest.latecomers.length,
  strays: digest.strays,
  corrupt: digest.corrupt.length,
});

/** One broadcast for people and programs. `nameOf` names a device; `unixOf` turns a monotonic time into Unix µs. */
export const summarizeBroadcast = (
  broadcast: SettledBroadcast,
  nameOf: (device: DeviceIndex) => string,
  unixOf: (at: Micros) => number,
): BroadcastSummary => {
  const { digest, dueAt, sentAt, acceptedAt } = broadcast;
  const names = (devices: readonly DeviceIndex[]) =>
    devices
      .slice()
      .sort((a, b) => a - b)
      .slice(0, NAMES_KEPT)
      .map(nameOf);
  return {
    messageId: digest.messageId,
    warmup: broadcast.warmup,
    dueAtUs: unixOf(dueAt),
    sentAtUs: unixOf(sentAt),
    acceptedAtUs: unixOf(acceptedAt),
    apiMs: toMillis(Math.round(acceptedAt - sentAt)),
    ...countsOf(broadcast),
    missingDevices: broadcast.basis === "none" ? [] : names(digest.missing),
    excusedDevices: names(digest.excused.map((excuse) => excuse.device)),
    strayDevices: names(digest.strayed),
    duplicateDevices: names(digest.duplicated),
    latencyMs: summarizeLatency(histogramOf(digest.latency)),
    coverageMs: summarizeCoverage(broadcast),
    spreadMs:
      digest.firstAt === null || digest.lastAt === null ? null : toMillis(Math.round(digest.lastAt - digest.firstAt)),
    deliveriesPerSecond:
      digest.lastAt === null || digest.lastAt <= sentAt
        ? null
        : Number((digest.delivered / ((digest.lastAt - sentAt) / 1e6)).toFixed(3)),
    negativeLatencies: digest.negative.count,
  };
};

type Unknowable = "expected" | "missing" | "excused";

/** The run as a whole. Warm-ups count in the account and not in the times. */
export const summarizeTotal = (broadcasts: readonly SettledBroadcast[]): TotalSummary => {
  const timed = broadcasts.filter((broadcast) => !broadcast.warmup);
  const counts = broadcasts.map(countsOf);
  const sum = (key: Exclude<keyof AccountCounts, Unknowable>) => counts.reduce((total, count) => total + count[key], 0);
  // one broadcast of which it is not known makes the sum unknown
  const sumKnown = (key: Unknowable) =>
    counts.reduce<number | null>(
      (total, { [key]: count }) => (total === null || count === null ? null : total + count),
      0,
    );
  const coverages = timed.map(summarizeCoverage);
  const worst = (key: keyof CoverageSummary) => {
    const times = coverages.map((coverage) => coverage[key]);
    return times.length === 0 || times.includes(null) ? null : Math.max(...(times as number[]));
  };
  const api = timed
    .map((broadcast) => toMillis(Math.round(broadcast.acceptedAt - broadcast.sentAt)))
    .sort((a, b) => a - b);
  const apiAt = (quantile: PerMille) =>
    isKnown(api.length, quantile) ? (api[Math.ceil((quantile * api.length) / 1000) - 1] ?? null) : null;
  return {
    broadcasts: broadcasts.length,
    expected: sumKnown("expected"),
    delivered: sum("delivered"),
    missing: sumKnown("missing"),
    excused: sumKnown("excused"),
    unknown: sum("unknown"),
    duplicates: sum("duplicates"),
    latecomers: sum("latecomers"),
    strays: sum("strays"),
    corrupt: sum("corrupt"),
    latencyMs: summarizeLatency(histogramOf(...timed.map((broadcast) => broadcast.digest.latency))),
    coverageMs: {
      p50: worst("p50"),
      p90: worst("p90"),
      p99: worst("p99"),
      p999: worst("p999"),
      p100: worst("p100"),
    },
    apiMs: {
      min: api[0] ?? null,
      p50: apiAt(500),
      p99: apiAt(990),
      max: api.at(-1) ?? null,
    },
    negativeLatencies: timed.reduce((total, broadcast) => total + broadcast.digest.negative.count, 0),
  };
};
