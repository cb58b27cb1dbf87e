import type { ComparedTime, LimitResult } from "./comparison.js";
import type { RegressionLimit } from "./regression-limit.js";
import { LEAST_BROADCASTS } from "./resampling.js";

const signed = (value: number, text: string): string => `${value < 0 ? "−" : "+"}${text}`;

/** A difference for people, in the unit of the limit. */
const inUnit = (value: number, { fraction, metric }: RegressionLimit): string => {
  const size = Math.abs(fraction ? value * 100 : value);
  return signed(value, `${size.toFixed(size < 10 ? 2 : 1)}${fraction ? " %" : metric.unit === "ms" ? " ms" : "/s"}`);
};

/**
 * Holds a limit against the metric it is of. Exceeded: worse by more than the limit, and the interval leaves no doubt that it is worse
 * at all. Undecided: worse by more than the limit, but the interval holds 0, so it may be chance; or there is no interval. Null
 * `compared`: the times were not compared.
 */
export const judgeLimit = (limit: RegressionLimit, compared: ComparedTime | null): LimitResult => {
  const { expression, metric, fraction } = limit;
  const result = (word: LimitResult["result"], why: string): LimitResult => ({
    expression,
    name: metric.name,
    result: word,
    why,
  });
  if (compared === null) return result("undecided", "the times were not compared");
  const { base, difference, interval, relativeInterval } = compared;
  if (base === null || difference === null) return result("undecided", `not known: ${compared.why}`);
  if (interval === null) {
    return result("undecided", `not enough: it takes ${LEAST_BROADCASTS} timed broadcasts a side to tell chance`);
  }
  const sign = metric.worse === "more" ? 1 : -1;
  const allowed = fraction ? limit.limit * base : limit.limit;
  // rounded, so that 11 ms is not more than 10 % above 10 ms by the last bit of a double
  const over = (worse: number) => Number((worse - allowed).toFixed(6)) > 0;
  const [least, most] = sign === 1 ? [interval.low, interval.high] : [-interval.high, -interval.low];
  const shown = fraction ? relativeInterval : interval;
  const range = shown === null ? "" : ` (95 % interval ${inUnit(shown.low, limit)} … ${inUnit(shown.high, limit)})`;
  const change =
    fraction && base === 0 ? "BASE is 0" : inUnit(fraction ? difference / base : difference, limit) + range;
  if (over(sign * difference)) {
    if (least > 0) return result("exceeded", change);
    return result("undecided", `${change}: worse than allowed, but it may be chance; more broadcasts tell`);
  }
  return result("met", over(most) ? `${change}: more than allowed cannot be ruled out` : change);
};
