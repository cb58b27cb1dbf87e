import type { CalibrationSummary } from "../domain/calibration.js";
import { ERROR_CODES } from "../domain/errors.js";
import type { GeneratorSummary, ShardSummary } from "../domain/generator.js";
import type {
  FleetSummary,
  JudgementRules,
  LateDevice,
  MeasureResult,
  TargetSummary,
} from "../domain/measure-result.js";
import type { ScenarioSummary } from "../domain/scenario-summary.js";
import type {
  AccountCounts,
  BroadcastSummary,
  CoverageSummary,
  LatencySummary,
  TotalSummary,
} from "../domain/summary.js";
import type { ThresholdResult } from "../domain/threshold.js";
import type { Share } from "../domain/units.js";
import {
  count,
  finite,
  flag,
  listOf,
  nullOr,
  oneOf,
  optional,
  record,
  type Shape,
  tableOf,
  text,
} from "./value-shape.js";

const known = nullOr(finite);

/** The counts of an account, key by key. */
export const counts: { readonly [K in keyof AccountCounts]-?: Shape<AccountCounts[K]> } = {
  expected: nullOr(count),
  delivered: count,
  missing: nullOr(count),
  excused: nullOr(count),
  unknown: count,
  duplicates: count,
  latecomers: count,
  strays: count,
  corrupt: count,
};

const latency = record<LatencySummary>({
  min: known,
  mean: known,
  p50: known,
  p90: known,
  p95: known,
  p99: known,
  p999: known,
  max: known,
});
const coverage = record<CoverageSummary>({ p50: known, p90: known, p99: known, p999: known, p100: known });

const broadcast = record<BroadcastSummary>({
  ...counts,
  messageId: text,
  warmup: flag,
  dueAtUs: count,
  sentAtUs: count,
  acceptedAtUs: count,
  apiMs: finite,
  missingDevices: listOf(text),
  excusedDevices: listOf(text),
  strayDevices: listOf(text),
  duplicateDevices: listOf(text),
  latencyMs: latency,
  coverageMs: coverage,
  spreadMs: known,
  deliveriesPerSecond: known,
  negativeLatencies: count,
});

const total: { readonly [K in keyof TotalSummary]-?: Shape<TotalSummary[K]> } = {
  ...counts,
  broadcasts: count,
  latencyMs: latency,
  coverageMs: coverage,
  apiMs: record<TotalSummary["apiMs"]>({ min: known, p50: known, p99: known, max: known }),
  negativeLatencies: count,
};

const shard: { readonly [K in keyof Omit<ShardSummary, "receiptsPerSecond">]-?: Shape<ShardSummary[K]> } = {
  eventLoopDelayMs: record<ShardSummary["eventLoopDelayMs"]>({ p99: finite, max: finite }),
  utilization: finite,
  cpuCores: finite,
  gcMs: record<ShardSummary["gcMs"]>({ count: finite, total: finite, max: finite }),
  runQueueMs: known,
  bound: flag,
};

const generator = record<GeneratorSummary>({
  ...shard,
  boundBy: nullOr(oneOf("utilization", "loop-delay")),
  boundIn: nullOr(record<NonNullable<GeneratorSummary["boundIn"]>>({ messageId: text, shard: count })),
  shards: listOf(nullOr(record<ShardSummary>({ ...shard, receiptsPerSecond: finite }))),
});

const scenario = record<ScenarioSummary>({
  kind: oneOf("reconnect-storm", "late-joiners"),
  devices: count,
  atMs: finite,
  excused: count,
  turns: listOf(
    record<ScenarioSummary["turns"][number]>({
      messageId: text,
      taken: nullOr(count),
      lastMs: known,
      excused: count,
      latecomers: count,
      others: count,
    }),
  ),
});

const share: Shape<Share> = (value) => {
  const isCount = record<Extract<Share, { kind: "count" }>>({ kind: oneOf("count"), count })(value) === null;
  return isCount
    ? null
    : record<Extract<Share, { kind: "fraction" }>>({ kind: oneOf("fraction"), fraction: finite })(value);
};

/** The document of `iotb measure --json`. */
export const resultShape: Shape<MeasureResult> = record<MeasureResult>({
  schema: oneOf("iotb.measure/1"),
  verdict: oneOf("pass", "fail", "invalid", "error", "interrupted"),
  target: record<TargetSummary>({
    kind: oneOf("local", "alicloud", "broker", "recorded"),
    productKey: nullOr(text),
    topicFullName: nullOr(text),
    instanceId: nullOr(text),
    endpoint: nullOr(text),
    hosts: listOf(text),
  }),
  fleet: nullOr(
    record<FleetSummary>({
      requested: count,
      online: count,
      failed: tableOf(count),
      connectMs: record<FleetSummary["connectMs"]>({ p50: known, p99: known, max: known }),
      connectRate: known,
      processes: count,
      reconnects: count,
      published: count,
    }),
  ),
  scenario: optional(nullOr(scenario)),
  broadcasts: listOf(broadcast),
  total: record<MeasureResult["total"]>({
    ...total,
    foreign: count,
    foreignIds: listOf(text),
    afterSettling: count,
    ambiguous: count,
    latestDevices: listOf(
      record<LateDevice>({ productKey: text, deviceName: text, broadcasts: count, meanMs: finite, maxMs: finite }),
    ),
  }),
  generator: nullOr(generator),
  calibration: nullOr(
    record<CalibrationSummary>({
      devices: count,
      processes: count,
      floorMs: record<CalibrationSummary["floorMs"]>({ p50: known, p99: known, max: known }),
      deliveriesPerSecond: known,
    }),
  ),
  clock: nullOr(record<NonNullable<MeasureResult["clock"]>>({ uncertaintyMs: known })),
  thresholds: listOf(record<ThresholdResult>({ expression: text, observed: known, pass: flag })),
  warnings: listOf(text),
  causes: listOf(text),
  causeKinds: listOf(oneOf("interrupted", "error", "invalid", "delivery", "threshold")),
  failure: nullOr(oneOf(...ERROR_CODES)),
  rules: record<JudgementRules>({ allowExcused: share, scenarioForgiven: flag }),
});
