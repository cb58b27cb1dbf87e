import type { ErrorCode } from "../domain/errors.js";
import { IotbError } from "../domain/errors.js";
import { forgivenExcused, type JudgementRules, type MeasureResult } from "../domain/measure-result.js";
import type { RecordedRun } from "../domain/run-record.js";
import { type SettledBroadcast, summarizeBroadcast, summarizeTotal } from "../domain/summary.js";
import {
  checkKnowable,
  checkThreshold,
  isAboutTime,
  parseThreshold,
  type Threshold,
  type ThresholdResult,
} from "../domain/threshold.js";
import { fromMillis, type Micros, toMillis } from "../domain/time.js";
import type { Share } from "../domain/units.js";
import { type Cause, causesOf, verdictOf } from "../domain/verdict.js";
import { clockFaults } from "./clock-faults.js";
import { NO_EXPECTED_SET } from "./judge-recordings.js";
import { accountFaults, ambiguousIn, GENERATOR_SATURATED, warningsOf } from "./judge-run.js";
import { type MergedRuns, mergeRuns } from "./merge-runs.js";
import {
  mergeFleets,
  mergeForeign,
  mergeGenerators,
  mergeLatestDevices,
  mergeScenarios,
  mergeTargets,
} from "./merge-summaries.js";

/** What recorded runs are to be judged by; null is what they were judged by themselves. */
export type ReportRules = {
  readonly thresholds: readonly Threshold[] | null;
  readonly allowExcused: Share | null;
  /** How far the clocks of several hosts may be apart; null where nobody said. */
  readonly clockUncertainty: Micros | null;
};

/** One or more recorded runs. */
export type Runs = readonly [RecordedRun, ...RecordedRun[]];

/** The result of recorded runs, with what the exit code is made of. */
export type MergedResult = {
  readonly result: MeasureResult;
  readonly causes: readonly Cause[];
  /** The errors that stand behind causes of the kind `error`. */
  readonly failures: readonly ErrorCode[];
};

/**
 * Judges recorded runs as one. A run alone, with no rules but its own, is what it was; else the merged account is judged anew, and
 * what ended or voided a single run still holds. Throws `usage` where runs were judged by unlike rules and none are given.
 */
export const judgeMerged = (runs: Runs, merged: MergedRuns, rules: ReportRules): MergedResult => {
  const [first] = runs;
  const { thresholds, allowExcused, clockUncertainty } = rules;
  if (runs.length > 1 || thresholds !== null || allowExcused !== null || clockUncertainty !== null) {
    return judgeAnew(runs, merged, rules);
  }
  const { summary } = first;
  return { result: summary, causes: causesIn(summary), failures: failuresOf(runs) };
};

const causesIn = ({ causes, causeKinds }: MeasureResult): Cause[] =>
  causes.map((text, i) => ({ kind: causeKinds[i] ?? "error", text }));

const failuresOf = (runs: Runs): ErrorCode[] =>
  runs.flatMap(({ summary: { failure, causeKinds } }) =>
    failure !== null && causeKinds.includes("error") ? [failure] : [],
  );

const judgeAnew = (runs: Runs, merged: MergedRuns, rules: ReportRules): MergedResult => {
  const { broadcasts, nameOf } = merged;
  const summaries = runs.map(({ summary }) => summary);
  const [first] = runs;
  const total = summarizeTotal(broadcasts);
  const fleet = mergeFleets(summaries.map((summary) => summary.fleet));
  const generator = mergeGenerators(summaries.map((summary) => summary.generator));
  const ids = new Set(broadcasts.map(({ digest }) => digest.messageId));
  const foreign = mergeForeign(
    summaries.map((summary) => summary.total),
    ids,
  );
  const thresholds = rules.thresholds ?? commonThresholds(runs);
  const timed = broadcasts.filter(({ warmup }) => !warmup);
  if (rules.thresholds !== null) {
    const samples = timed.reduce((sum, { digest }) => sum + digest.expected, 0);
    for (const threshold of thresholds) checkKnowable(threshold, samples, timed.length);
  }
  const results = thresholds.map((threshold) =>
    checkThreshold(threshold, {
      broadcasts,
      total,
      foreign: foreign.foreign,
      online: fleet?.online ?? null,
      requested: fleet?.requested ?? null,
    }),
  );
  const own = rulesOf(runs, rules.allowExcused);
  const scenario = mergeScenarios(summaries.map((summary) => summary.scenario ?? null));
  const uncertainty = clockOf(runs, rules.clockUncertainty);
  const kept = (kind: Cause["kind"]) => runs.flatMap((run) => ownCauses(run, runs.length > 1, kind));
  const causes = causesOf({
    total,
    allowExcused: own.allowExcused,
    ownExcused: forgivenExcused({ rules: own, scenario }),
    thresholds: broadcasts.length === 0 ? [] : results,
    invalid: [...kept("invalid"), ...faultsOf(broadcasts, generator, thresholds, results, uncertainty)],
    errors: kept("error"),
    interrupted: summaries.some(({ causeKinds }) => causeKinds.includes("interrupted")),
  });
  return {
    causes,
    failures: failuresOf(runs),
    result: {
      schema: "iotb.measure/1",
      verdict: verdictOf(causes),
      target: mergeTargets([first.summary.target, ...summaries.slice(1).map(({ target }) => target)]),
      fleet,
      scenario,
      broadcasts: broadcasts.map((broadcast) => summarizeBroadcast(broadcast, nameOf, (at) => at)),
      total: {
        ...total,
        ...foreign,
        ambiguous: ambiguousIn(broadcasts),
        latestDevices: mergeLatestDevices(summaries),
      },
      generator,
      calibration: runs.length === 1 ? first.summary.calibration : null,
      clock: summaries.every(({ clock }) => clock === null)
        ? null
        : { uncertaintyMs: uncertainty === null ? null : Number(toMillis(uncertainty).toFixed(6)) },
      thresholds: results,
      warnings: [
        ...warningsOf(total, foreign.foreign, foreign.afterSettling),
        ...runs.flatMap((run) => [...ownWarnings(run, runs.length > 1), ...crossedIds(run, ids)]),
      ],
      causes: causes.map(({ text }) => text),
      causeKinds: causes.map(({ kind }) => kind),
      failure: failuresOf(runs)[0] ?? null,
      rules: own,
    },
  };
};

const saysOtherwise = (what: string, flag: string): IotbError =>
  new IotbError("usage", `the directories were judged by unlike ${what}`, {
    hint: `say what shall hold for all of them: ${flag}`,
  });

const commonThresholds = (runs: Runs): Threshold[] => {
  const [own, ...others] = runs.map(({ summary }) => summary.thresholds.map(({ expression }) => expression));
  if (others.some((expressions) => JSON.stringify(expressions) !== JSON.stringify(own))) {
    throw saysOtherwise("thresholds", "--threshold EXPR");
  }
  return (own ?? []).map(parseThreshold);
};

/** The rules of all runs. An allowance that is given is of everything, as for `measure`: also of what a scenario cut off. */
const rulesOf = ([first, ...others]: Runs, allowExcused: Share | null): JudgementRules => {
  if (allowExcused !== null) return { allowExcused, scenarioForgiven: false };
  const { rules } = first.summary;
  const allowance = JSON.stringify(rules.allowExcused);
  // whether its scenario is forgiven is of no matter for a run without one
  const played = [first, ...others].filter(({ summary }) => summary.scenario != null);
  const scenarioForgiven = played.some(({ summary }) => summary.rules.scenarioForgiven);
  const alike =
    others.every(({ summary }) => JSON.stringify(summary.rules.allowExcused) === allowance) &&
    played.every(({ summary }) => summary.rules.scenarioForgiven === scenarioForgiven);
  if (!alike) throw saysOtherwise("allowances", "--allow-excused N|%");
  return { allowExcused: rules.allowExcused, scenarioForgiven };
};

/** How far apart the clocks may be by which the times were taken; null where nobody can tell. */
const clockOf = (runs: Runs, given: Micros | null): Micros | null => {
  const known = runs.flatMap(({ summary }) => summary.clock ?? []).map(({ uncertaintyMs }) => uncertaintyMs);
  const boots = new Map<string, string>();
  // one broadcast's times read by two hosts: one of them did not send it
  const split = runs.some(({ manifest, account }) =>
    account.broadcasts.some(({ messageId }) => {
      const { bootId } = manifest.host;
      const other = boots.get(messageId);
      boots.set(messageId, bootId);
      return other !== undefined && other !== bootId;
    }),
  );
  if (split || known.includes(null)) return given;
  return fromMillis(Math.max(0, ...(known as number[])));
};

/** Why these figures must not be believed, by the rules for live and recorded runs. */
const faultsOf = (
  broadcasts: readonly SettledBroadcast[],
  generator: MeasureResult["generator"],
  thresholds: readonly Threshold[],
  results: readonly ThresholdResult[],
  uncertainty: Micros | null,
): string[] => [
  ...accountFaults(broadcasts),
  ...(broadcasts.some(({ basis }) => basis === "none") ? [NO_EXPECTED_SET] : []),
  ...(generator?.bound && thresholds.some(isAboutTime) ? [GENERATOR_SATURATED] : []),
  ...clockFaults(thresholds, results, uncertainty),
];

/** What was wrong with a run itself, beyond what its figures tell again. */
const ownCauses = (run: RecordedRun, named: boolean, kind: Cause["kind"]): string[] => {
  const { summary, name } = run;
  const { clock, generator, total, rules } = summary;
  const uncertainty = clock === null || clock.uncertaintyMs === null ? null : fromMillis(clock.uncertaintyMs);
  const thresholds = summary.thresholds.map(({ expression }) => parseThreshold(expression));
  const told = causesOf({
    total,
    allowExcused: rules.allowExcused,
    thresholds: [],
    invalid: faultsOf(mergeRuns([run]).broadcasts, generator, thresholds, summary.thresholds, uncertainty),
    errors: [],
    interrupted: false,
  });
  const again = new Set(told.map(({ text }) => text));
  return causesIn(summary)
    .filter((cause) => cause.kind === kind && !again.has(cause.text))
    .map(({ text }) => (named ? `${name}: ${text}` : text));
};

const ownWarnings = ({ summary, name }: RecordedRun, named: boolean): string[] => {
  const { total, warnings } = summary;
  const again = new Set(warningsOf(total, total.foreign, total.afterSettling));
  return warnings.filter((text) => !again.has(text)).map((text) => (named ? `${name}: ${text}` : text));
};

/** Broadcasts of one directory that devices of another got, without being asked about them. */
const crossedIds = ({ summary, name }: RecordedRun, own: ReadonlySet<string>): string[] =>
  summary.total.foreignIds
    .filter((id) => own.has(id))
    .map((id) => `${name}: broadcast ${id} of another directory was received here and is not in its account`);
