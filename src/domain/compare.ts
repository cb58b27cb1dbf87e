import { compareAccounts } from "./compared-account.js";
import { COMPARED_METRICS } from "./compared-metric.js";
import { type ComparedTimes, compareTimes } from "./compared-times.js";
import type { ComparedRun, Comparison } from "./comparison.js";
import { IotbError } from "./errors.js";
import { judgeLimit } from "./judge-limit.js";
import type { RegressionLimit } from "./regression-limit.js";
import { LEAST_BROADCASTS, LEVEL } from "./resampling.js";
import type { RecordedRun } from "./run-record.js";
import { setupDifferences } from "./setup-differences.js";
import { timedSide } from "./timed-side.js";
import { type Cause, verdictOf } from "./verdict.js";

/** How two runs are to be compared. */
export type CompareOptions = {
  readonly limits: readonly RegressionLimit[];
  /** Of the resampling. */
  readonly seed: number;
  /** Compare what should not be compared. */
  readonly force: boolean;
};

/** A comparison, with what speaks against a pass by kind. */
export type Compared = { readonly comparison: Comparison; readonly causes: readonly Cause[] };

/**
 * Sets two runs side by side: first the account, then the times, then the limits. Throws `usage` with all grave differences where the
 * set-ups are unlike and `force` does not say otherwise.
 */
export const compareRuns = (
  base: RecordedRun,
  fresh: RecordedRun,
  { limits, seed, force }: CompareOptions,
): Compared => {
  const differences = setupDifferences(base, fresh);
  const grave = differences.filter((difference) => difference.grave);
  if (grave.length > 0 && !force) {
    const list = grave.map((one) => `${one.what} ${one.base} and ${one.new}`).join("; ");
    throw new IotbError("usage", `BASE and NEW were not set up alike: ${list}`, {
      hint: "compare runs of the same set-up, or give --force",
    });
  }
  const unfit = [...unfitness("BASE", base), ...unfitness("NEW", fresh)];
  const account = compareAccounts(base.account.broadcasts, fresh.account.broadcasts, seed);
  const metrics = [...COMPARED_METRICS];
  for (const { metric } of limits) if (!metrics.some(({ name }) => name === metric.name)) metrics.push(metric);
  const compared: ComparedTimes | null =
    unfit.length > 0 && !force
      ? null
      : compareTimes(timedSide(base, metrics), timedSide(fresh, metrics), metrics, seed);
  const timeOf = (name: string) => compared?.times.find((time) => time.name === name) ?? null;
  const judged = limits.map((limit) => judgeLimit(limit, timeOf(limit.metric.name)));

  const causes: Cause[] = [];
  if (compared === null) causes.push(...unfit.map((text): Cause => ({ kind: "invalid", text })));
  for (const { expression, result, why } of judged) {
    if (result === "undecided" && compared !== null)
      causes.push({ kind: "invalid", text: `regression limit ${expression} undecided: ${why}` });
  }
  for (const { kind, regression, base: from, new: to, baseOf, newOf } of account) {
    if (regression)
      causes.push({ kind: "delivery", text: `${kind}: BASE ${from} of ${baseOf}, NEW ${to} of ${newOf}` });
  }
  for (const { expression, result, why } of judged) {
    if (result === "exceeded")
      causes.push({ kind: "threshold", text: `regression limit ${expression} exceeded: ${why}` });
  }
  const verdict = verdictOf(causes);
  return {
    causes,
    comparison: {
      schema: "iotb.compare/1",
      verdict: verdict === "pass" || verdict === "fail" ? verdict : "invalid",
      base: describe(base),
      new: describe(fresh),
      setup: { alike: grave.length === 0, differences },
      account,
      times: compared?.times ?? null,
      resampling:
        compared === null || compared.scatter === null
          ? null
          : {
              seed,
              resamples: compared.scatter.resamples,
              level: LEVEL,
              tail: Number(compared.scatter.tail.toFixed(6)),
            },
      limits: judged,
      warnings: [...(compared === null ? [] : unfit), ...warningsOf("BASE", base), ...warningsOf("NEW", fresh)],
      causes: causes.map(({ text }) => text),
    },
  };
};

const timedOf = ({ account }: RecordedRun) => account.broadcasts.filter(({ warmup }) => !warmup);

const describe = (run: RecordedRun): ComparedRun => ({
  name: run.name,
  verdict: run.summary.verdict,
  iotb: run.manifest.iotb,
  startedAtUs: run.manifest.startedAtUs,
  hash: run.manifest.hash,
  broadcasts: run.account.broadcasts.length,
  timed: timedOf(run).length,
  deliveries: timedOf(run).reduce((sum, { counts }) => sum + counts.delivered, 0),
});

/** Why a run's times are not to be believed. */
const unfitness = (side: string, { summary }: RecordedRun): readonly string[] => {
  const { verdict, generator, causes } = summary;
  const why: string[] = [];
  if (verdict === "invalid" || verdict === "error" || verdict === "interrupted")
    why.push(`${side} has the verdict ${verdict}${causes[0] === undefined ? "" : ` (${causes[0]})`}`);
  if (generator?.bound) why.push(`${side}: its own generator was the limit, so its times are not the platform's alone`);
  return why;
};

/** A clock less certain than this makes a difference uncertain that people would care for. */
const CERTAIN_MS = 1;

const warningsOf = (side: string, run: RecordedRun): readonly string[] => {
  const { clock, total } = run.summary;
  const warnings: string[] = [];
  const timed = timedOf(run);
  if (timed.length < LEAST_BROADCASTS)
    warnings.push(
      `${side} has ${timed.length} timed broadcasts: not enough to tell a difference from chance, it takes ${LEAST_BROADCASTS}`,
    );
  if (clock !== null && clock.uncertaintyMs === null)
    warnings.push(`${side}: nobody knows how far its clocks were apart`);
  else if ((clock?.uncertaintyMs ?? 0) > CERTAIN_MS)
    warnings.push(`${side}: its clocks are certain to ${clock?.uncertaintyMs} ms only`);
  if ((total.missing ?? 0) > 0)
    warnings.push(`${side}: the times are those of what was delivered; what is missing has none`);
  if (total.negativeLatencies > 0)
    warnings.push(`${side}: ${total.negativeLatencies} receipts were earlier than their sending and are left out`);
  return warnings;
};
