import type { GeneratorSummary, ShardLoad } from "../../src/domain/generator.js";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import { type SettledBroadcast, summarizeBroadcast, summarizeTotal } from "../../src/domain/summary.js";

/** The load of a process that has next to nothing to do. */
export const loadOf = (more: Partial<ShardLoad> = {}): ShardLoad => ({
  utilization: 0.1,
  loopDelayMaxMs: 1,
  loopDelayP99Ms: 0.5,
  cpuCores: 0.25,
  gcCount: 0,
  gcTotalMs: 0,
  gcMaxMs: 0,
  runQueueMs: 0,
  receiptsPerSecond: 50_000,
  ...more,
});

/** A generator that is not bound. */
export const generatorOf = (more: Partial<GeneratorSummary> = {}): GeneratorSummary => ({
  eventLoopDelayMs: { p99: 0.42, max: 3 },
  utilization: 0.314,
  cpuCores: 0.5,
  gcMs: { count: 2, total: 1.25, max: 0.75 },
  runQueueMs: 0.1,
  bound: false,
  boundBy: null,
  boundIn: null,
  shards: [],
  ...more,
});

/** A result of these broadcasts on a local platform, as if it passed; devices are called d0, d1, … */
export const resultOf = (
  broadcasts: readonly SettledBroadcast[],
  more: Partial<MeasureResult> = {},
): MeasureResult => ({
  schema: "iotb.measure/1",
  verdict: "pass",
  target: { kind: "local", productKey: "pk", topicFullName: null, instanceId: null, endpoint: null, hosts: [] },
  fleet: {
    requested: 1000,
    online: 1000,
    failed: {},
    connectMs: { p50: 1.5, p99: 12.25, max: 40 },
    connectRate: 2500,
    reconnects: 0,
    published: 0,
    processes: 2,
  },
  broadcasts: broadcasts.map((broadcast) =>
    summarizeBroadcast(
      broadcast,
      (device) => `d${device}`,
      (at) => at,
    ),
  ),
  total: {
    ...summarizeTotal(broadcasts),
    foreign: 0,
    foreignIds: [],
    afterSettling: 0,
    ambiguous: 0,
    latestDevices: [],
  },
  generator: generatorOf(),
  calibration: null,
  clock: { uncertaintyMs: 0.01 },
  thresholds: [],
  warnings: [],
  causes: [],
  causeKinds: [],
  failure: null,
  rules: { allowExcused: { kind: "count", count: 0 }, scenarioForgiven: false },
  ...more,
});
