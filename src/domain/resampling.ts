import { seededRandom } from "./seeded-random.js";

/** Under so many broadcasts a side nothing is said of chance. */
export const LEAST_BROADCASTS = 5;

/** The level of the intervals. */
export const LEVEL = 0.95;

const MOST_RESAMPLES = 10_000;
const LEAST_RESAMPLES = 1_000;
/** Broadcasts drawn in all; with very many, fewer resamples tell as much and cost as much. */
const DRAWS = 40_000_000;

/** From where to where a difference may lie by chance of the broadcasts; infinite where nothing bounds it. */
export type Interval = { readonly low: number; readonly high: number };

/** One side of a comparison, as it is resampled. */
export type ResampledSide = {
  readonly broadcasts: number;
  /** The metrics of the mixture that holds broadcast `i` `weights[i]` times. */
  readonly metricsOf: (weights: Uint32Array) => readonly number[];
};

/** How differences scatter: by metric, the sorted differences and ratios less one of the resamples. */
export type Scatter = {
  readonly resamples: number;
  /** What lies outside the interval at each end, as a share of the resamples. */
  readonly tail: number;
  readonly differences: readonly Float64Array[];
  readonly relative: readonly Float64Array[];
};

/** How often a pair of sides is resampled. */
export const resamplesFor = (broadcasts: number): number =>
  Math.max(LEAST_RESAMPLES, Math.min(MOST_RESAMPLES, Math.floor(DRAWS / broadcasts)));

/**
 * Resamples whole broadcasts with replacement, each side by itself, and notes each metric's difference. Receipts are never resampled:
 * those of one broadcast went through the same moment and are no independent witnesses. The same seed gives the same.
 */
export const resample = (
  base: ResampledSide,
  fresh: ResampledSide,
  seed: number,
  resamples = resamplesFor(base.broadcasts + fresh.broadcasts),
): Scatter => {
  const random = seededRandom(seed, "compare");
  const drawer = ({ broadcasts, metricsOf }: ResampledSide) => {
    const weights = new Uint32Array(broadcasts);
    return () => {
      weights.fill(0);
      for (let i = 0; i < broadcasts; i++) (weights[Math.floor(random() * broadcasts)] as number)++;
      return metricsOf(weights);
    };
  };
  const drawBase = drawer(base);
  const drawFresh = drawer(fresh);
  const differences: Float64Array[] = [];
  const relative: Float64Array[] = [];
  for (let round = 0; round < resamples; round++) {
    const before = drawBase();
    const after = drawFresh();
    for (let metric = 0; metric < before.length; metric++) {
      const [from, to] = [before[metric] as number, after[metric] as number];
      differences[metric] ??= new Float64Array(resamples);
      relative[metric] ??= new Float64Array(resamples);
      (differences[metric] as Float64Array)[round] = to - from;
      (relative[metric] as Float64Array)[round] = from === to ? 0 : (to - from) / from;
    }
  }
  for (const sorted of [...differences, ...relative]) sorted.sort();
  return { resamples, tail: expandedTail(Math.min(base.broadcasts, fresh.broadcasts)), differences, relative };
};

/** The interval of a sorted scatter. */
export const intervalOf = (sorted: Float64Array, tail: number): Interval => {
  const cut = Math.floor(tail * sorted.length);
  return { low: sorted[cut] as number, high: sorted[sorted.length - 1 - cut] as number };
};

/** Of the standard normal distribution, at the level's upper end. */
const Z = 1.959964;

/**
 * Student's t at the level's upper end for so many degrees of freedom, by its expansion in 1/df [Abramowitz and Stegun, 26.7.5]:
 * within 0.001 from four on.
 */
export const studentT = (df: number): number => {
  const [z3, z5, z7, z9] = [Z ** 3, Z ** 5, Z ** 7, Z ** 9];
  return (
    Z +
    (z3 + Z) / (4 * df) +
    (5 * z5 + 16 * z3 + 3 * Z) / (96 * df ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * Z) / (384 * df ** 3) +
    (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * Z) / (92_160 * df ** 4)
  );
};

/** The share of a normal distribution above z > 0 [Abramowitz and Stegun, 26.2.17], within 1e-7. */
const normalTail = (z: number): number => {
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
};

/**
 * What a percentile interval has to leave out at each end so that it is wrong in one case of twenty with few broadcasts too. Left at
 * 2.5 % it is too narrow: a bootstrap scatters as √((n−1)/n) of what it should, and normally instead of by Student's t. With 5
 * broadcasts it would see a difference where there is none in 10 to 15 cases of a hundred [Hesterberg 2014, arXiv 1411.5279: the
 * expanded percentile interval; for two samples by the smaller, as his R package `resample` does].
 */
export const expandedTail = (broadcasts: number): number =>
  normalTail(Math.sqrt(broadcasts / (broadcasts - 1)) * studentT(broadcasts - 1));
