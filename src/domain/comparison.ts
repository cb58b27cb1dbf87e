import type { ComparedCount } from "./compared-account.js";
import type { ComparedMetric } from "./compared-metric.js";
import type { Interval } from "./resampling.js";
import type { SetupDifference } from "./setup-differences.js";
import type { Verdict } from "./verdict.js";

/** One side of a comparison. */
export type ComparedRun = {
  /** The directory as it was given. */
  readonly name: string;
  readonly verdict: Verdict;
  readonly iotb: string;
  readonly startedAtUs: number;
  /** What names the whole run. */
  readonly hash: string;
  readonly broadcasts: number;
  /** Those that are no warm-ups. */
  readonly timed: number;
  /** Of the timed ones. */
  readonly deliveries: number;
};

/** What can be said of a difference. `not judged`: shown for information only. */
export type TimeAnswer = "faster" | "slower" | "no significant difference" | "not enough" | "not known" | "not judged";

/** A metric side by side, in ms or per second. */
export type ComparedTime = Pick<ComparedMetric, "name" | "label" | "unit" | "worse"> & {
  readonly base: number | null;
  readonly new: number | null;
  /** NEW less BASE; null where one of them is not known. */
  readonly difference: number | null;
  /** The difference as a fraction of BASE; null also where BASE is 0. */
  readonly relative: number | null;
  /** 95 % intervals; null where nothing can be said of chance. */
  readonly interval: Interval | null;
  readonly relativeInterval: Interval | null;
  readonly answer: TimeAnswer;
  /** Why a value is not known; null where both are. */
  readonly why: string | null;
};

/** A limit held against a comparison. `undecided`: worse than allowed, but not surely more than chance; or nothing can be said. */
export type LimitResult = {
  readonly expression: string;
  readonly name: string;
  readonly result: "met" | "exceeded" | "undecided";
  readonly why: string;
};

/** Two runs side by side: the document of `iotb compare --json`. */
export type Comparison = {
  readonly schema: "iotb.compare/1";
  readonly verdict: "pass" | "fail" | "invalid";
  readonly base: ComparedRun;
  readonly new: ComparedRun;
  readonly setup: {
    /** Whether no difference is grave. */
    readonly alike: boolean;
    readonly differences: readonly SetupDifference[];
  };
  readonly account: readonly ComparedCount[];
  /** Null where a run's times are not to be believed. */
  readonly times: readonly ComparedTime[] | null;
  /** How chance was judged; null where it was not. */
  readonly resampling: {
    readonly seed: number;
    readonly resamples: number;
    readonly level: number;
    /** The share of the resamples beyond each end of an interval; below 2.5 % with few broadcasts. */
    readonly tail: number;
  } | null;
  readonly limits: readonly LimitResult[];
  readonly warnings: readonly string[];
  readonly causes: readonly string[];
};
