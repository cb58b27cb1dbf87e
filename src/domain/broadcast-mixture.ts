import type { ComparedMetric } from "./compared-metric.js";
import { gridAtRank } from "./cumulative-grid.js";
import { toMillis } from "./time.js";
import type { TimedSide } from "./timed-side.js";

/** Works something out for a mixture that holds broadcast `i` `weights[i]` times. */
type OfMixture = (weights: Uint32Array) => number;

/**
 * Works the metrics out for mixtures of a side's broadcasts; one that `observe` does not know may be anything. Where each broadcast is
 * drawn once they are what `observe` says.
 */
export const mixtureMetrics = (side: TimedSide, metrics: readonly ComparedMetric[]) => {
  const samplers = metrics.map((metric) => ofMixture(side, metric));
  return (weights: Uint32Array): readonly number[] => samplers.map((sample) => sample(weights));
};

const weighted = (weights: Uint32Array, values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (values[i] as number);
  return sum;
};

function ofMixture(side: TimedSide, { subject }: ComparedMetric): OfMixture {
  switch (subject.kind) {
    case "latency":
      return quantileOf(side, subject.quantile);
    case "mean":
      return (weights) => toMillis(weighted(weights, side.sumsUs) / weighted(weights, side.grid.counts));
    case "coverage":
      return meanOf(side.coverages.get(subject.share) ?? []);
    case "rate":
      return meanOf(side.rates);
    case "api":
      return apiQuantileOf(side, subject.quantile);
    case "max":
    case "connect":
      return () => Number.NaN;
  }
}

const meanOf = (values: readonly (number | null)[]): OfMixture => {
  const told = values.map((value) => value ?? Number.NaN);
  return (weights) => weighted(weights, told) / told.length;
};

/** By nearest rank, within the exact minimum and maximum of the broadcasts that were drawn, as `LatencyHistogram` does it. */
const quantileOf = ({ grid, minimaUs, maximaUs }: TimedSide, quantile: number): OfMixture => {
  return (weights) => {
    const count = weighted(weights, grid.counts);
    const us = gridAtRank(grid, weights, Math.ceil((quantile * count) / 1000));
    if (us === null) return Number.NaN;
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < weights.length; i++) {
      if (weights[i] === 0 || grid.counts[i] === 0) continue;
      least = Math.min(least, minimaUs[i] as number);
      most = Math.max(most, maximaUs[i] as number);
    }
    return toMillis(Math.min(Math.max(us, least), most));
  };
};

const apiQuantileOf = ({ apiMs }: TimedSide, quantile: number): OfMixture => {
  const calls = apiMs.map((ms, i) => ({ i, ms })).sort((a, b) => a.ms - b.ms);
  const rank = Math.ceil((quantile * calls.length) / 1000);
  return (weights) => {
    let sum = 0;
    for (const { i, ms } of calls) {
      sum += weights[i] as number;
      if (sum >= rank) return ms;
    }
    return Number.NaN;
  };
};
