import { mixtureMetrics } from "./broadcast-mixture.js";
import { type ComparedMetric, isJudged } from "./compared-metric.js";
import type { ComparedTime, TimeAnswer } from "./comparison.js";
import { type Interval, intervalOf, LEAST_BROADCASTS, resample, resamplesFor, type Scatter } from "./resampling.js";
import { observe, type TimedSide } from "./timed-side.js";

/** The times of two runs side by side, and how chance was judged; `scatter` is null where there are too few broadcasts. */
export type ComparedTimes = { readonly times: readonly ComparedTime[]; readonly scatter: Scatter | null };

const round = (value: number): number => Number(value.toFixed(6));
const roundAll = ({ low, high }: Interval): Interval => ({ low: round(low), high: round(high) });

/** Compares each of the metrics. Both sides' whole broadcasts are resampled; the same seed gives the same. */
export const compareTimes = (
  base: TimedSide,
  fresh: TimedSide,
  metrics: readonly ComparedMetric[],
  seed: number,
  resamples = resamplesFor(base.broadcasts + fresh.broadcasts),
): ComparedTimes => {
  const judged = metrics.filter(
    (metric) => isJudged(metric) && observe(base, metric).value !== null && observe(fresh, metric).value !== null,
  );
  const sides = [base, fresh].map((side) => ({
    broadcasts: side.broadcasts,
    metricsOf: mixtureMetrics(side, judged),
  })) as [Parameters<typeof resample>[0], Parameters<typeof resample>[1]];
  const enough = Math.min(base.broadcasts, fresh.broadcasts) >= LEAST_BROADCASTS;
  const scatter = enough && judged.length > 0 ? resample(...sides, seed, resamples) : null;
  return { times: metrics.map((metric) => compareOne(base, fresh, metric, scatter, judged.indexOf(metric))), scatter };
};

const compareOne = (
  base: TimedSide,
  fresh: TimedSide,
  metric: ComparedMetric,
  scatter: Scatter | null,
  column: number,
): ComparedTime => {
  const [from, to] = [observe(base, metric), observe(fresh, metric)];
  const { name, label, unit, worse } = metric;
  const shown = {
    name,
    label,
    unit,
    worse,
    base: from.value === null ? null : round(from.value),
    new: to.value === null ? null : round(to.value),
  };
  const none = { difference: null, relative: null, interval: null, relativeInterval: null };
  if (from.value === null || to.value === null) {
    const whys = [
      ["BASE", from.why],
      ["NEW", to.why],
    ].flatMap(([side, why]) => (why === null ? [] : [`${side}: ${why}`]));
    return { ...shown, ...none, answer: "not known", why: whys.join("; ") };
  }
  const difference = round(to.value - from.value);
  const relative = from.value === 0 ? null : round((to.value - from.value) / from.value);
  if (!isJudged(metric) || scatter === null) {
    const answer = isJudged(metric) ? "not enough" : "not judged";
    return { ...shown, ...none, difference, relative, answer, why: null };
  }
  const interval = roundAll(intervalOf(scatter.differences[column] as Float64Array, scatter.tail));
  const relativeInterval =
    relative === null ? null : roundAll(intervalOf(scatter.relative[column] as Float64Array, scatter.tail));
  return { ...shown, difference, relative, interval, relativeInterval, answer: answerOf(interval, worse), why: null };
};

const answerOf = ({ low, high }: Interval, worse: ComparedMetric["worse"]): TimeAnswer => {
  if (low <= 0 && high >= 0) return "no significant difference";
  return low > 0 === (worse === "more") ? "slower" : "faster";
};
