import type { ArrivalBins } from "../../domain/arrival-bins.js";
import type { RecordedTimes } from "../../domain/histogram.js";
import type { AccountRecord } from "../../domain/run-record.js";
import { type BroadcastSummary, histogramOf } from "../../domain/summary.js";

/** How many broadcasts have a line of their own at most. */
export const LINES_KEPT = 12;

/** A broadcast as lines are drawn of it. */
export type PlottedBroadcast = {
  readonly label: string;
  /** Null where nobody knows who was expected. */
  readonly expected: number | null;
  readonly times: RecordedTimes;
  readonly samples: number;
  /** Receipts earlier than their sending: they arrived, but nobody knows when. */
  readonly negative: number;
  readonly arrivals: ArrivalBins;
};

/** A timed broadcast with its number in the run, from 1. */
export type NumberedBroadcast = { readonly number: number; readonly summary: BroadcastSummary };

/** How bad a broadcast is: first by how many of the shares it never reached, then by its times; what never came is the latest. */
const lateness = ({ summary }: NumberedBroadcast): readonly number[] =>
  [
    Object.values(summary.coverageMs).filter((ms) => ms === null).length,
    summary.coverageMs.p99,
    summary.coverageMs.p999,
    summary.coverageMs.p100,
    summary.latencyMs.p99,
    summary.latencyMs.max,
  ].map((ms) => ms ?? Number.MAX_VALUE);

const worseFirst = (a: NumberedBroadcast, b: NumberedBroadcast): number => {
  const [ours, theirs] = [lateness(a), lateness(b)];
  const differs = ours.findIndex((ms, i) => ms !== theirs[i]);
  return differs < 0 ? a.number - b.number : (theirs[differs] as number) - (ours[differs] as number);
};

/**
 * The broadcasts that get a line, the worst first: all, or where there are too many the worst, the best and others evenly between
 * by their lateness.
 */
export const choosePlotted = (timed: readonly NumberedBroadcast[], most: number = LINES_KEPT): NumberedBroadcast[] => {
  const sorted = timed.toSorted(worseFirst);
  if (sorted.length <= most) return sorted;
  return Array.from(
    { length: most },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (most - 1))] as NumberedBroadcast,
  );
};

/** One broadcast of the account. */
export const plottedOf = (record: AccountRecord, number: number): PlottedBroadcast => ({
  label: `broadcast ${number}`,
  expected: record.basis === "none" ? null : record.counts.expected,
  times: histogramOf(record.latency).recordedTimes(),
  samples: record.latency.count,
  negative: record.negative.count,
  arrivals: record.arrivals,
});

/** Several broadcasts as one: every pair of a device and a broadcast counts. */
export const plottedTotal = (records: readonly AccountRecord[]): Omit<PlottedBroadcast, "arrivals"> => ({
  label: "all timed broadcasts",
  expected: records.reduce<number | null>(
    (sum, { basis, counts }) =>
      sum === null || basis === "none" || counts.expected === null ? null : sum + counts.expected,
    0,
  ),
  times: histogramOf(...records.map(({ latency }) => latency)).recordedTimes(),
  samples: records.reduce((sum, { latency }) => sum + latency.count, 0),
  negative: records.reduce((sum, { negative }) => sum + negative.count, 0),
});
