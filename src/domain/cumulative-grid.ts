import type { HistogramBuckets } from "./histogram.js";

/** At most so many cells, 4 bytes each; a grid that would need more is made coarser. */
const CELLS = 1 << 26;

/**
 * Several histograms laid side by side so that percentiles of any mixture of them are found without merging anything: for each time
 * that any of them holds, how many of each lie at or below it.
 */
export type CumulativeGrid = {
  /** µs, ascending. */
  readonly values: Float64Array;
  /** Of histogram `i` at `values[k]`: `[k * histograms + i]`, so that one time's counts lie together. */
  readonly cumulative: Uint32Array;
  readonly histograms: number;
  /** How many samples each histogram holds. */
  readonly counts: Float64Array;
};

/** Lays histograms side by side. With more than `cells` of them, neighbouring times become one (the upper). */
export const cumulativeGrid = (buckets: readonly HistogramBuckets[], cells = CELLS): CumulativeGrid => {
  const all = Float64Array.from(new Set(buckets.flatMap(({ values }) => values))).sort();
  const histograms = buckets.length;
  const stride = Math.max(1, Math.ceil((all.length * histograms) / cells));
  const values = all.filter((_, k) => k % stride === stride - 1 || k === all.length - 1);
  const cumulative = new Uint32Array(values.length * histograms);
  buckets.forEach((bucket, i) => {
    let sum = 0;
    let next = 0;
    for (let k = 0; k < values.length; k++) {
      while (next < bucket.values.length && (bucket.values[next] as number) <= (values[k] as number))
        sum += bucket.counts[next++] as number;
      cumulative[k * histograms + i] = sum;
    }
  });
  return {
    values,
    cumulative,
    histograms,
    counts: Float64Array.from(buckets, ({ counts }) => counts.reduce((sum, count) => sum + count, 0)),
  };
};

/**
 * The time of the `rank`th fastest (from 1) of a mixture that holds histogram `i` `weights[i]` times, µs as {@link bucketsOf} has
 * it; null where there are fewer.
 */
export const gridAtRank = (grid: CumulativeGrid, weights: Uint32Array, rank: number): number | null => {
  const { values, cumulative, histograms } = grid;
  const atOrBelow = (k: number): number => {
    let sum = 0;
    for (let i = 0, at = k * histograms; i < histograms; i++, at++)
      sum += (weights[i] as number) * (cumulative[at] as number);
    return sum;
  };
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (atOrBelow(middle) >= rank) high = middle;
    else low = middle + 1;
  }
  return rank < 1 ? null : (values[low] ?? null);
};
