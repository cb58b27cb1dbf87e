import type { ComparedMetric } from "./compared-metric.js";
import { type CumulativeGrid, cumulativeGrid } from "./cumulative-grid.js";
import { atQuantile, bucketsOf, isKnown, LatencyHistogram } from "./histogram.js";
import type { AccountRecord, RecordedRun } from "./run-record.js";
import { coverageMs, histogramOf } from "./summary.js";
import { toMillis } from "./time.js";

/** The times of one side of a comparison, by broadcast, without the warm-ups. */
export type TimedSide = {
  readonly broadcasts: number;
  /** All deliveries. */
  readonly merged: LatencyHistogram;
  readonly grid: CumulativeGrid;
  readonly sumsUs: readonly number[];
  readonly minimaUs: readonly number[];
  readonly maximaUs: readonly number[];
  readonly apiMs: readonly number[];
  /** Deliveries a second, until the last; null where nothing was delivered. */
  readonly rates: readonly (number | null)[];
  /** By share of the expected devices: ms until so many had it, null where so many never got it. */
  readonly coverages: ReadonlyMap<number, readonly (number | null)[]>;
  /** Whether it is known of all broadcasts how many devices should have had them. */
  readonly expectedKnown: boolean;
  readonly connectRate: number | null;
};

/** A metric's value, or why there is none. */
export type Observed = { readonly value: number; readonly why: null } | { readonly value: null; readonly why: string };

/** Reads the times of a run, as far as these metrics need them. */
export const timedSide = ({ account, summary }: RecordedRun, metrics: readonly ComparedMetric[]): TimedSide => {
  const records = account.broadcasts.filter(({ warmup }) => !warmup);
  const latencies = records.map(({ latency }) => latency);
  const coverages = new Map<number, (number | null)[]>();
  for (const { subject } of metrics) if (subject.kind === "coverage") coverages.set(subject.share, []);
  const merged = new LatencyHistogram();
  for (const record of records) {
    // a snapshot takes longer to decode than to ask: each is decoded once for all shares
    const own = histogramOf(record.latency);
    for (const [share, times] of coverages) times.push(coverageOf(record, share, own));
    merged.add(record.latency);
  }
  return {
    broadcasts: records.length,
    merged,
    grid: cumulativeGrid(latencies.map(bucketsOf)),
    sumsUs: latencies.map(({ sumUs }) => sumUs),
    minimaUs: latencies.map(({ minUs }) => minUs),
    maximaUs: latencies.map(({ maxUs }) => maxUs),
    apiMs: records.map(({ acceptedAtUs, sentAtUs }) => toMillis(acceptedAtUs - sentAtUs)),
    rates: records.map(rateOf),
    coverages,
    expectedKnown: records.every(({ counts }) => counts.expected !== null),
    connectRate: summary.fleet?.connectRate ?? null,
  };
};

const rateOf = ({ counts, lastAtUs, sentAtUs }: AccountRecord): number | null =>
  lastAtUs === null || lastAtUs <= sentAtUs ? null : counts.delivered / ((lastAtUs - sentAtUs) / 1e6);

const coverageOf = ({ counts, latency, negative }: AccountRecord, share: number, own: LatencyHistogram) =>
  counts.expected === null ? null : coverageMs({ expected: counts.expected, latency, negative }, share, own);

const known = (value: number): Observed => ({ value, why: null });
const unknown = (why: string): Observed => ({ value: null, why });
const orWhy = (us: number | null, why: string): Observed => (us === null ? unknown(why) : known(toMillis(us)));

const tooFew = (samples: number, of: string, quantile: number): string =>
  `${samples} ${of} cannot tell it, it takes ${Math.ceil(1000 / (1000 - quantile))}`;

/** The mean over the broadcasts; not known where it is not known of one of them. */
const meanOf = (values: readonly (number | null)[], what: string): Observed => {
  const told = values.filter((value) => value !== null);
  if (values.length === 0) return unknown("no timed broadcast");
  if (told.length < values.length)
    return unknown(`${what} in ${values.length - told.length} of ${values.length} broadcasts`);
  return known(told.reduce((sum, value) => sum + value, 0) / told.length);
};

/** A metric's exact value; those of all deliveries come from the merged histogram. */
export const observe = (side: TimedSide, { subject }: ComparedMetric): Observed => {
  const { merged, connectRate } = side;
  switch (subject.kind) {
    case "latency":
      return orWhy(atQuantile(merged, subject.quantile), tooFew(merged.count, "deliveries", subject.quantile));
    case "max":
      return orWhy(merged.maxUs, "nothing was delivered");
    case "mean":
      return orWhy(merged.meanUs, "nothing was delivered");
    case "coverage":
      if (!side.expectedKnown) return unknown("nobody knows who was expected");
      return meanOf(side.coverages.get(subject.share) ?? [], "never reached");
    case "rate":
      return meanOf(side.rates, "nothing was delivered");
    case "api": {
      const sorted = side.apiMs.toSorted((a, b) => a - b);
      const value = sorted[Math.ceil((subject.quantile * sorted.length) / 1000) - 1];
      return value !== undefined && isKnown(sorted.length, subject.quantile)
        ? known(value)
        : unknown(tooFew(sorted.length, "calls", subject.quantile));
    }
    case "connect":
      return connectRate === null ? unknown("not measured") : known(connectRate);
  }
};
