import type { MeasureResult } from "../../src/domain/measure-result.js";
import { type SettledBroadcast, summarizeBroadcast, summarizeTotal } from "../../src/domain/summary.js";

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
  total: { ...summarizeTotal(broadcasts), foreign: 0, foreignIds: [], afterSettling: 0, ambiguous: 0 },
  generator: { eventLoopDelayMs: { p99: 0.42, max: 3 }, utilization: 0.314, cpuCores: 0.5, bound: false },
  clock: { uncertaintyMs: 0.01 },
  thresholds: [],
  warnings: [],
  causes: [],
  ...more,
});
