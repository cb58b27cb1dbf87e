import { type CalibrationSummary, warnOfFloor } from "../domain/calibration.js";
import type { DeviceAddress, DeviceIndex } from "../domain/device.js";
import type { ErrorCode, IotbError } from "../domain/errors.js";
import { judgeGenerator, warnOfSharedCores } from "../domain/generator.js";
import { isKnown } from "../domain/histogram.js";
import type { MeasureResult, TargetSummary } from "../domain/measure-result.js";
import type { Scenario } from "../domain/scenario.js";
import { summarizeScenario } from "../domain/scenario-summary.js";
import {
  histogramOf,
  type SettledBroadcast,
  summarizeBroadcast,
  summarizeTotal,
  type TotalSummary,
} from "../domain/summary.js";
import { checkThreshold, isAboutTime, type Threshold } from "../domain/threshold.js";
import { type Micros, toMillis } from "../domain/time.js";
import type { Share } from "../domain/units.js";
import { type Cause, causesOf, verdictOf } from "../domain/verdict.js";
import type { MeasureOutcome } from "./measure-fanout.js";
import { summarizeFleet } from "./merge-reports.js";

/** What a live run's result is made from, beside the outcome. */
export type ResultContext = {
  readonly target: TargetSummary;
  readonly processes: number;
  readonly thresholds: readonly Threshold[];
  readonly allowExcused: Share;
  readonly clockUncertainty: Micros;
  /** Reasons beside the account why the run is not valid: a shard died. */
  readonly invalid: readonly string[];
  /** The floor of this machine; null where it was not asked for. */
  readonly calibration: CalibrationSummary | null;
  /** What happened to a part of the fleet; `forgiven` where its own cuts are not held against the run. */
  readonly scenario?: { readonly scenario: Scenario; readonly forgiven: boolean } | null;
  readonly interrupted: boolean;
  readonly nameOf: (device: DeviceIndex) => string;
  readonly addressOf: (device: DeviceIndex) => DeviceAddress;
  readonly unixOf: (at: Micros) => number;
};

/** A result with what the exit code is made of. */
export type JudgedResult = {
  readonly result: MeasureResult;
  readonly causes: readonly Cause[];
  readonly failure: IotbError | null;
};

/** Failures that make a run invalid rather than failed: a part of it is gone, and nobody can tell what it saw. */
const ENDS_OF_PROCESSES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["platform-ended", "shard-died"]);

/** The cause of a run whose times are in question, and about which a threshold asks. */
export const GENERATOR_SATURATED =
  "the generator was saturated: the times are its own as much as the platform's; try --warmup 2, more --workers or fewer devices";

/** Judges a live run. */
export const judgeRun = (outcome: MeasureOutcome, context: ResultContext): JudgedResult => {
  const { online, broadcasts, totals, failure } = outcome;
  const total = summarizeTotal(broadcasts);
  const loads = broadcasts
    .filter(({ warmup }) => !warmup)
    .map(({ loads, digest }) => ({ messageId: digest.messageId, loads, p99Ms: p99Of(digest.latency) }));
  const generator = judgeGenerator(loads);
  const thresholds = context.thresholds.map((threshold) =>
    checkThreshold(threshold, {
      broadcasts,
      total,
      foreign: totals?.foreign ?? 0,
      online: online?.online ?? 0,
      requested: online?.requested ?? 0,
    }),
  );
  const invalid = [...context.invalid, ...accountFaults(broadcasts)];
  if (generator?.bound && context.thresholds.some(isAboutTime)) {
    invalid.push(GENERATOR_SATURATED);
  }
  const errors: string[] = [];
  if (failure !== null && ENDS_OF_PROCESSES.has(failure.code)) invalid.push(failure.message);
  else if (failure !== null && failure.code !== "interrupted") errors.push(failure.message);
  if (broadcasts.length === 0 && errors.length === 0 && !context.interrupted && invalid.length === 0) {
    invalid.push("nothing was measured: no broadcast was sent");
  }
  const scenario = context.scenario
    ? summarizeScenario(context.scenario.scenario, online?.requested ?? 0, broadcasts)
    : null;
  const causes = causesOf({
    total,
    allowExcused: context.allowExcused,
    ownExcused: context.scenario?.forgiven ? (scenario?.excused ?? 0) : 0,
    thresholds: broadcasts.length === 0 ? [] : thresholds,
    invalid,
    errors,
    // a shard's death interrupts what waits for it, too: then that is the cause
    interrupted: context.interrupted || (failure?.code === "interrupted" && invalid.length === 0),
  });
  return {
    causes,
    failure,
    result: {
      schema: "iotb.measure/1",
      verdict: verdictOf(causes),
      target: context.target,
      fleet: online === null ? null : summarizeFleet(online, context.processes, totals),
      scenario,
      broadcasts: broadcasts.map((broadcast) => summarizeBroadcast(broadcast, context.nameOf, context.unixOf)),
      total: {
        ...total,
        foreign: totals?.foreign ?? 0,
        foreignIds: totals?.foreignIds ?? [],
        afterSettling: totals?.afterSettling ?? 0,
        ambiguous: ambiguousIn(broadcasts),
        latestDevices: (totals?.latest ?? [])
          .filter((late) => late.broadcasts > 1)
          .map(({ device, broadcasts: count, meanUs, maxUs }) => ({
            ...context.addressOf(device),
            broadcasts: count,
            meanMs: toMillis(Math.round(meanUs)),
            maxMs: toMillis(Math.round(maxUs)),
          })),
      },
      generator,
      calibration: context.calibration,
      clock: broadcasts.length === 0 ? null : { uncertaintyMs: Number(toMillis(context.clockUncertainty).toFixed(6)) },
      thresholds,
      warnings: [
        ...warningsOf(total, totals?.foreign ?? 0, totals?.afterSettling ?? 0),
        ...[warnOfSharedCores(loads), warnOfFloor(context.calibration, total.latencyMs.p99)].filter(
          (warning) => warning !== null,
        ),
      ],
      causes: causes.map((cause) => cause.text),
      causeKinds: causes.map((cause) => cause.kind),
      failure: failure?.code ?? null,
      rules: { allowExcused: context.allowExcused, scenarioForgiven: context.scenario?.forgiven ?? false },
    },
  };
};

/** The p99 of a broadcast, or its maximum where too few samples tell a p99, ms. */
const p99Of = (snapshot: SettledBroadcast["digest"]["latency"]): number | null => {
  const histogram = histogramOf(snapshot);
  const us = isKnown(histogram.count, 990) ? histogram.atRank(Math.ceil(histogram.count * 0.99)) : histogram.maxUs;
  return us === null ? null : toMillis(us);
};

/** Receipts that fit two broadcasts to one topic, over all broadcasts. */
export const ambiguousIn = (broadcasts: readonly SettledBroadcast[]): number =>
  broadcasts.reduce((sum, { digest }) => sum + digest.ambiguous, 0);

/** Why the accounts of these broadcasts must not be trusted, if so; the program checks its own identity here. */
export const accountFaults = (broadcasts: readonly SettledBroadcast[]): string[] => {
  const faults: string[] = [];
  if (broadcasts.length > 0 && broadcasts.every(({ basis, digest }) => basis !== "none" && digest.expected === 0)) {
    faults.push("nobody was expected: no device of the product was online when it was sent");
  }
  for (const { digest } of broadcasts) {
    const sum = digest.delivered + digest.missing.length + digest.excused.length + digest.unknown;
    if (sum !== digest.expected) {
      faults.push(
        `the account of ${digest.messageId} does not close: ${digest.expected} expected, ${sum} accounted for`,
      );
    }
    if (digest.incomplete) {
      faults.push(`more message ids arrived than are kept: receipts of ${digest.messageId} may have been turned away`);
    }
  }
  return faults;
};

/** What is worth a word and no failure. */
export const warningsOf = (total: TotalSummary, foreign: number, afterSettling: number): string[] => {
  const warnings: string[] = [];
  const warn = (count: number, text: string) => {
    if (count > 0) warnings.push(`${count} ${text}`);
  };
  warn(total.duplicates, "duplicates: receipts beyond a device's first");
  warn(total.latecomers, "latecomers: devices online only after sending got it too");
  warn(foreign, "foreign receipts: their ids belong to no broadcast of this run");
  warn(afterSettling, "receipts came after their broadcast had settled");
  warn(total.negativeLatencies, "receipts lie before their sending, left out of the times: a clock is wrong");
  return warnings;
};
