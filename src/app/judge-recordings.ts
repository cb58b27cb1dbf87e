import type { DeviceIndex } from "../domain/device.js";
import { summarizeBroadcast, summarizeTotal } from "../domain/summary.js";
import { checkKnowable, checkThreshold, type Threshold } from "../domain/threshold.js";
import { type Micros, micros, toMillis } from "../domain/time.js";
import type { Share } from "../domain/units.js";
import { causesOf, verdictOf } from "../domain/verdict.js";
import { clockFaults } from "./clock-faults.js";
import type { CorrelatedRecordings } from "./correlate-recordings.js";
import { accountFaults, ambiguousIn, type JudgedResult, warningsOf } from "./judge-run.js";

/** What recordings are judged by. */
export type RecordingJudgement = {
  readonly thresholds: readonly Threshold[];
  readonly allowExcused: Share;
  /** How far the clocks of several hosts may be apart; null where nobody said. */
  readonly clockUncertainty: Micros | null;
};

/** The cause of a run of which nobody can tell who is missing. */
export const NO_EXPECTED_SET =
  "no expected set: neither presence lines nor --devices or --expected say who should have got it";

/** Recorded times are whole µs: two of them make a latency. */
const ROUNDING = micros(1);

/** Judges recorded files by the rules of a live run, and by what files cannot tell. Throws `usage` for thresholds they cannot answer. */
export const judgeRecordings = (recorded: CorrelatedRecordings, judgement: RecordingJudgement): JudgedResult => {
  const { broadcasts, devices, basis, oneClock } = recorded;
  const total = summarizeTotal(broadcasts);
  for (const threshold of judgement.thresholds) checkKnowable(threshold, total.delivered, broadcasts.length);
  const thresholds = judgement.thresholds.map((threshold) =>
    checkThreshold(threshold, {
      broadcasts,
      total,
      foreign: recorded.foreign,
      online: devices.length,
      requested: devices.length,
    }),
  );
  const uncertainty = oneClock ? ROUNDING : judgement.clockUncertainty;
  const invalid = accountFaults(broadcasts);
  if (broadcasts.length === 0) invalid.push("the broadcast log holds no call: nothing was measured");
  if (basis === "none") invalid.push(NO_EXPECTED_SET);
  if (!oneClock) invalid.push(...clockFaults(judgement.thresholds, thresholds, uncertainty));
  const causes = causesOf({
    total,
    allowExcused: judgement.allowExcused,
    thresholds,
    invalid,
    errors: [],
    interrupted: false,
  });
  const nameOf = (device: DeviceIndex) => devices[device]?.deviceName ?? `#${device}`;
  return {
    causes,
    failure: null,
    result: {
      schema: "iotb.measure/1",
      verdict: verdictOf(causes),
      target: {
        kind: "recorded",
        productKey: devices[0]?.productKey ?? null,
        topicFullName: null,
        instanceId: null,
        endpoint: null,
        hosts: [],
      },
      fleet: null,
      scenario: null,
      broadcasts: broadcasts.map((broadcast) => summarizeBroadcast(broadcast, nameOf, (at) => Math.round(at))),
      total: {
        ...total,
        foreign: recorded.foreign,
        foreignIds: recorded.foreignIds,
        afterSettling: 0,
        ambiguous: ambiguousIn(broadcasts),
        latestDevices: [],
      },
      generator: null,
      calibration: null,
      clock: { uncertaintyMs: uncertainty === null ? null : toMillis(uncertainty) },
      thresholds,
      warnings: [
        ...warningsOf(total, recorded.foreign, 0),
        ...(recorded.cut ? ["a recording was cut: it has no end line, so its last receipts may be lost"] : []),
        ...(basis === "list" ? ["no presence lines: nobody can tell who was offline, so nobody is excused"] : []),
      ],
      causes: causes.map((cause) => cause.text),
      causeKinds: causes.map((cause) => cause.kind),
      failure: null,
      rules: { allowExcused: judgement.allowExcused, scenarioForgiven: false },
    },
  };
};
