import { floorShare } from "../../domain/calibration.js";
import type { ReportRun } from "../../domain/report-run.js";
import type { AccountRecord } from "../../domain/run-record.js";
import type { BroadcastSummary } from "../../domain/summary.js";
import { parseThreshold, type ThresholdResult } from "../../domain/threshold.js";
import { formatMs } from "../format-ms.js";
import { boundText } from "../generator-text.js";
import { arrivalRate } from "./arrival-rate.js";
import { coverageCurve } from "./coverage-curve.js";
import { deviceRows } from "./device-rows.js";
import { latencyCurve } from "./latency-curve.js";
import type { CoverageRow, CoverageShare, PageBroadcast, PageData, PageThreshold } from "./page-model.js";
import { choosePlotted, type NumberedBroadcast, plottedOf, plottedTotal } from "./plotted-broadcast.js";

const SHARES: readonly (readonly [CoverageShare, number])[] = [
  ["p50", 0.5],
  ["p90", 0.9],
  ["p99", 0.99],
  ["p999", 0.999],
  ["p100", 1],
];

/** The sum that every account must be. */
const isBalanced = ({ expected, delivered, missing, excused, unknown }: BroadcastSummary): boolean | null =>
  expected === null || missing === null ? null : expected === delivered + missing + (excused ?? 0) + unknown;

const pageBroadcast = (summary: BroadcastSummary, i: number): PageBroadcast => {
  const { missingDevices, excusedDevices, strayDevices, duplicateDevices, ...rest } = summary;
  return { ...rest, number: i + 1, balanced: isBalanced(summary) };
};

/** An observed value with the unit that its expression is about. */
const pageThreshold = ({ expression, observed, pass }: ThresholdResult, isExpectedKnown: boolean): PageThreshold => {
  const plain = observed?.toLocaleString("en-US", { maximumFractionDigits: 3 }) ?? null;
  try {
    const { subject, percent } = parseThreshold(expression);
    if (observed === null) {
      // so many never had it, where it is known who should have
      return { expression, observed: subject.kind === "coverage" && isExpectedKnown ? "never" : null, pass };
    }
    const text = percent ? `${plain} %` : subject.kind === "count" ? plain : formatMs(observed);
    return { expression, observed: text, pass };
  } catch {
    // written by another version of iotb: the number stands alone
    return { expression, observed: plain, pass };
  }
};

/** Over the timed broadcasts of which it is known who was expected; what was never reached is later than everything. */
const coverageRows = (timed: readonly BroadcastSummary[]): CoverageRow[] => {
  const known = timed.filter(({ expected }) => expected !== null && expected > 0);
  if (known.length === 0) return [];
  return SHARES.map(([key, share]) => {
    const times = known.map(({ coverageMs }) => coverageMs[key] ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
    const at = (i: number) => (Number.isFinite(times[i]) ? (times[i] as number) : null);
    return { share, best: at(0), median: at(Math.ceil(times.length / 2) - 1), worst: at(times.length - 1) };
  });
};

/** The lines of all plots. */
const plotsOf = (timed: readonly NumberedBroadcast[], recordOf: (messageId: string) => AccountRecord | undefined) => {
  const records = timed.flatMap(({ summary }) => recordOf(summary.messageId) ?? []);
  const chosen = choosePlotted(timed).flatMap(({ number, summary }) => {
    const record = recordOf(summary.messageId);
    return record === undefined ? [] : [plottedOf(record, number)];
  });
  const alone = records.length === 1;
  // the last is drawn on top
  const lines = [
    ...chosen.map((one, i) => ({ ...one, role: i === 0 && !alone ? ("worst" as const) : ("one" as const) })).reverse(),
    { ...plottedTotal(records), role: "all" as const },
  ].slice(alone ? 1 : 0);
  const named = alone ? lines.map((line) => ({ ...line, label: chosen[0]?.label ?? line.label })) : lines;
  return {
    timed: timed.length,
    plotted: chosen.length,
    coverage: coverageCurve(named),
    latency: latencyCurve(named),
    arrivals: arrivalRate(
      records.map(({ arrivals }) => arrivals),
      chosen[0] ?? null,
    ),
  };
};

/** What the page shows of a run: every figure worked out, nothing left to estimate. What is not known is null. */
export const pageData = ({ summary, account, manifests }: ReportRun): PageData => {
  const { broadcasts, thresholds, generator, ...rest } = summary;
  const byId = new Map(account.broadcasts.map((record) => [record.messageId, record]));
  const timed = broadcasts
    .map((broadcast, i) => ({ number: i + 1, summary: broadcast }))
    .filter((broadcast) => !broadcast.summary.warmup);
  return {
    summary: rest,
    generator: generator === null ? null : { ...generator, boundText: boundText(generator) },
    floorShare: summary.calibration === null ? null : floorShare(summary.calibration, summary.total.latencyMs.p99),
    manifests: manifests.map(({ files, ...manifest }) => manifest),
    thresholds: thresholds.map((threshold) => pageThreshold(threshold, (summary.total.expected ?? 0) > 0)),
    broadcasts: broadcasts.map(pageBroadcast),
    ...plotsOf(timed, (messageId) => byId.get(messageId)),
    coverageRows: coverageRows(timed.map((broadcast) => broadcast.summary)),
    devices: deviceRows(
      broadcasts.flatMap(({ messageId }, i) => {
        const record = byId.get(messageId);
        return record === undefined ? [] : [{ number: i + 1, record }];
      }),
    ),
  };
};
