import type { RawRun } from "./question.js";

/** The middle and the ends of a few figures. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** The spread of one figure, at least one. Of an even number the median is the mean of the middle two. */
export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return { median, min: at(0), max: at(sorted.length - 1) };
};

/** The spread of the figure `key` over runs. */
export const spreadOverRuns = (runs: readonly RawRun[], key: string): Spread =>
  spreadOf(runs.map((run) => run[key] ?? Number.NaN));

/** The median of the figure `key` over runs. */
export const medianOverRuns = (runs: readonly RawRun[], key: string): number => spreadOverRuns(runs, key).median;
