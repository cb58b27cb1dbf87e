import { COMPARED_METRICS, type ComparedMetric, coverageMetric, isJudged } from "./compared-metric.js";
import { IotbError } from "./errors.js";

/** How much worse NEW may be than BASE, as it was written and as it is meant. */
export type RegressionLimit = {
  readonly expression: string;
  readonly metric: ComparedMetric;
  /** In the metric's unit, or a fraction of BASE's value. */
  readonly limit: number;
  readonly fraction: boolean;
};

const bad = (expression: string, why: string): IotbError =>
  new IotbError("usage", `--max-regression ${JSON.stringify(expression)}: ${why}`, {
    hint: "write NAME:VALUE, such as 'p99:10%', 'p99:5ms', 'coverage(99%):20%' or 'rate:5%'",
  });

const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

const metricOf = (expression: string, name: string, argument: string | undefined): ComparedMetric => {
  if (name === "coverage") {
    const share = Number(/^(\d+(?:\.\d+)?)%$/.exec(argument ?? "")?.[1] ?? Number.NaN) / 100;
    if (!(share > 0 && share <= 1)) throw bad(expression, "coverage takes a share of the fleet, such as coverage(99%)");
    return coverageMetric(share);
  }
  const metric = COMPARED_METRICS.find((candidate) => candidate.name === name);
  if (metric === undefined) {
    const names = COMPARED_METRICS.filter((one) => isJudged(one) && one.subject.kind !== "coverage");
    throw bad(
      expression,
      `there is no ${JSON.stringify(name)}; names are ${[...names.map((one) => one.name), "coverage(…%)"].join(" ")}`,
    );
  }
  if (argument !== undefined) throw bad(expression, `${name} takes no argument`);
  if (!isJudged(metric)) {
    const why = name === "max" ? "one receipt makes the maximum" : "a run logs in once";
    throw bad(expression, `${why}, so nothing tells a regression from chance`);
  }
  return metric;
};

/** Reads `NAME[(ARG)]:VALUE[%|us|ms|s|m]`; a time is in ms where no unit is given, a rate in deliveries a second. Throws `usage`. */
export const parseRegressionLimit = (expression: string): RegressionLimit => {
  const match = /^\s*([a-z][a-z0-9.]*)\s*(?:\(([^)]*)\))?\s*:\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m|%|\/s)?\s*$/.exec(
    expression,
  );
  if (match === null) throw bad(expression, "not a limit");
  const [, name = "", argument, value, unit] = match;
  const metric = metricOf(expression, name, argument);
  if (unit === "%") {
    const fraction = Number((Number(value) / 100).toFixed(8));
    return { expression, metric, limit: fraction, fraction: true };
  }
  if (metric.unit === "ms" && unit === "/s") throw bad(expression, `${name} is a time and takes us, ms, s, m or %`);
  if (metric.unit === "/s" && unit !== undefined && unit !== "/s") throw bad(expression, `${name} takes /s or %`);
  const scale = metric.unit === "ms" ? (MS[unit ?? "ms"] ?? 1) : 1;
  return { expression, metric, limit: Number((Number(value) * scale).toFixed(6)), fraction: false };
};
