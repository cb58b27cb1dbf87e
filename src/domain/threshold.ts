import { IotbError } from "./errors.js";
import { atQuantile, isKnown, type PerMille } from "./histogram.js";
import { coverageMs, histogramOf, type SettledBroadcast, type TotalSummary } from "./summary.js";
import { toMillis } from "./time.js";

type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** What a threshold looks at. */
type Subject =
  | { readonly kind: "latency"; readonly quantile: PerMille | "max" | "mean" }
  | { readonly kind: "api" }
  | { readonly kind: "coverage"; readonly share: number }
  | { readonly kind: "count"; readonly name: CountName };

/** The counts a threshold can name. `online` is the fleet's, the others are the account's. */
const COUNT_NAMES = [
  "missing",
  "excused",
  "unknown",
  "duplicates",
  "latecomers",
  "strays",
  "foreign",
  "corrupt",
  "delivered",
  "online",
] as const;
type CountName = (typeof COUNT_NAMES)[number];

/** A map, not a record: `constructor` is no percentile. */
const QUANTILES: ReadonlyMap<string, PerMille | "max" | "mean"> = new Map<string, PerMille | "max" | "mean">([
  ["p50", 500],
  ["p90", 900],
  ["p95", 950],
  ["p99", 990],
  ["p999", 999],
  ["max", "max"],
  ["mean", "mean"],
]);

/** A condition on the whole run, as it was written and as it is meant. Times in ms. */
export type Threshold = {
  readonly expression: string;
  readonly subject: Subject;
  readonly comparison: Comparison;
  readonly limit: number;
  /** Whether `limit` is a percentage: of the expected deliveries, for `online` of the devices asked for. */
  readonly percent: boolean;
};

/** A threshold held against a run. */
export type ThresholdResult = {
  readonly expression: string;
  /** In ms for times, a count, or a percentage where the limit is one; null where the run does not tell. */
  readonly observed: number | null;
  readonly pass: boolean;
};

/** What a threshold is held against. */
export type ThresholdFacts = {
  readonly broadcasts: readonly SettledBroadcast[];
  readonly total: TotalSummary;
  readonly foreign: number;
  /** Null where nobody was connected. */
  readonly online: number | null;
  readonly requested: number | null;
};

const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

const bad = (expression: string, why: string): IotbError =>
  new IotbError("usage", `--threshold ${JSON.stringify(expression)}: ${why}`, {
    hint: "write NAME OP VALUE, such as 'p99<500ms', 'coverage(99%)<2s', 'missing==0' or 'delivered>=99.9%'",
  });

const subjectOf = (expression: string, name: string, argument: string | undefined): Subject => {
  if (name === "coverage") {
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(argument ?? "");
    const share = Number(percent?.[1] ?? Number.NaN) / 100;
    if (!(share > 0 && share <= 1)) throw bad(expression, "coverage takes a share of the fleet, such as coverage(99%)");
    return { kind: "coverage", share };
  }
  if (argument !== undefined) throw bad(expression, `${name} takes no argument`);
  if (name === "api.p99") return { kind: "api" };
  const quantile = QUANTILES.get(name);
  if (quantile !== undefined) return { kind: "latency", quantile };
  if ((COUNT_NAMES as readonly string[]).includes(name)) return { kind: "count", name: name as CountName };
  throw bad(
    expression,
    `there is no ${JSON.stringify(name)}; names are ${[...QUANTILES.keys(), "coverage(…%)", ...COUNT_NAMES, "api.p99"].join(" ")}`,
  );
};

/**
 * Reads `NAME[(ARG)] OP VALUE[unit]`. `:` means "at most"; a bare name means `==0`; times are in ms where no unit is given.
 * Throws `usage`.
 */
export const parseThreshold = (expression: string): Threshold => {
  const match =
    /^\s*([a-z][a-z0-9.]*)\s*(?:\(([^)]*)\))?\s*(?:(<=|>=|==|!=|<|>|:)\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m|%)?)?\s*$/.exec(
      expression,
    );
  if (match === null) throw bad(expression, "not a condition");
  const [, name = "", argument, operator, value, unit] = match;
  const subject = subjectOf(expression, name, argument);
  const isCount = subject.kind === "count";
  if (operator === undefined) {
    if (!isCount) throw bad(expression, "a time needs a limit");
    return { expression, subject, comparison: "==", limit: 0, percent: false };
  }
  if (isCount && unit !== undefined && unit !== "%") throw bad(expression, `${name} is a count and takes no ${unit}`);
  if (!isCount && unit === "%") throw bad(expression, "a time takes us, ms, s or m");
  if (isCount && unit === undefined && value?.includes(".")) throw bad(expression, `${name} is a whole number`);
  return {
    expression,
    subject,
    comparison: operator === ":" ? "<=" : (operator as Comparison),
    // a time is rounded to what was written: 1.005 s is 1005 ms, not 1004.9999999999999
    limit: isCount ? Number(value) : Number((Number(value) * (MS[unit ?? "ms"] ?? 1)).toFixed(6)),
    percent: unit === "%",
  };
};

/** Whether a threshold is about time or rate, so that a saturated generator or an uncertain clock makes it void. */
export const isAboutTime = (threshold: Threshold): boolean => threshold.subject.kind !== "count";

/**
 * Refuses a threshold on a percentile that the run cannot know, before it starts: too few samples for one to lie above it.
 * `samples` is devices times timed broadcasts, `calls` the timed broadcasts. Throws `usage`.
 */
export const checkKnowable = (threshold: Threshold, samples: number, calls: number): void => {
  const { subject, expression } = threshold;
  const [quantile, count, of] =
    subject.kind === "api"
      ? [990, calls, "calls"]
      : subject.kind === "latency"
        ? [subject.quantile, samples, "deliveries"]
        : [null, 0, ""];
  if (typeof quantile !== "number" || isKnown(count, quantile)) return;
  throw new IotbError(
    "usage",
    `--threshold ${JSON.stringify(expression)}: ${count} ${of} cannot tell this percentile, it takes ${Math.ceil(1000 / (1000 - quantile))}`,
    { hint: "use more devices or broadcasts, or a lower percentile, or max" },
  );
};

const observe = ({ subject, percent }: Threshold, facts: ThresholdFacts): number | null => {
  const timed = facts.broadcasts.filter((broadcast) => !broadcast.warmup);
  switch (subject.kind) {
    case "latency": {
      const latency = histogramOf(...timed.map((broadcast) => broadcast.digest.latency));
      const us =
        subject.quantile === "max"
          ? latency.maxUs
          : subject.quantile === "mean"
            ? latency.meanUs
            : atQuantile(latency, subject.quantile);
      return us === null ? null : toMillis(us);
    }
    case "api":
      return facts.total.apiMs.p99;
    case "coverage": {
      if (timed.some((broadcast) => broadcast.basis === "none")) return null;
      const times = timed.map((broadcast) => coverageMs(broadcast.digest, subject.share));
      return times.length === 0 || times.includes(null) ? null : Math.max(...(times as number[]));
    }
    case "count": {
      const count =
        subject.name === "foreign"
          ? facts.foreign
          : subject.name === "online"
            ? facts.online
            : facts.total[subject.name];
      if (!percent || count === null) return count;
      const whole = subject.name === "online" ? facts.requested : facts.total.expected;
      return whole === null || whole === 0 ? null : (100 * count) / whole;
    }
  }
};

const holds = (observed: number, comparison: Comparison, limit: number): boolean => {
  switch (comparison) {
    case "<":
      return observed < limit;
    case "<=":
      return observed <= limit;
    case ">":
      return observed > limit;
    case ">=":
      return observed >= limit;
    case "==":
      return observed === limit;
    case "!=":
      return observed !== limit;
  }
};

/** Holds a threshold against a run. What the run does not tell does not pass. */
export const checkThreshold = (threshold: Threshold, facts: ThresholdFacts): ThresholdResult => {
  const observed = observe(threshold, facts);
  return {
    expression: threshold.expression,
    observed: observed === null ? null : Number(observed.toFixed(6)),
    pass: observed !== null && holds(observed, threshold.comparison, threshold.limit),
  };
};
