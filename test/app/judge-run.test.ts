import assert from "node:assert/strict";
import { test } from "node:test";
import { accountFaults, judgeRun, type ResultContext, warningsOf } from "../../src/app/judge-run.js";
import type { MeasureOutcome } from "../../src/app/measure-fanout.js";
import { IotbError } from "../../src/domain/errors.js";
import type { ShardLoad } from "../../src/domain/generator.js";
import { LatencyHistogram } from "../../src/domain/histogram.js";
import { parseScenario, scenarioOf } from "../../src/domain/scenario.js";
import { summarizeTotal } from "../../src/domain/summary.js";
import { parseThreshold } from "../../src/domain/threshold.js";
import { micros } from "../../src/domain/time.js";
import { digestOf, settled } from "../support/digest-samples.js";
import { loadOf } from "../support/measure-samples.js";

const busy: ShardLoad = loadOf({ utilization: 0.95, loopDelayMaxMs: 0, loopDelayP99Ms: 0 });
const idle: ShardLoad = { ...busy, utilization: 0.1 };

const outcome = (latencies: readonly (number | null)[], more: Partial<MeasureOutcome> = {}, loads = [idle]) => {
  const connect = new LatencyHistogram();
  connect.record(micros(2000));
  connect.record(micros(4000));
  const base: MeasureOutcome = {
    online: { requested: 4, online: 3, failed: { x: 1 }, failedTexts: {}, failedDevices: [3], connect, seconds: 0.5 },
    broadcasts: [{ ...settled(digestOf(latencies)), loads }],
    totals: {
      receipts: 9,
      reconnects: 5,
      published: 7,
      disconnects: {},
      foreign: 2,
      foreignIds: ["8", "9"],
      afterSettling: 1,
      latest: [],
    },
    failure: null,
  };
  return { ...base, ...more };
};
const context = (more: Partial<ResultContext> = {}): ResultContext => ({
  target: { kind: "local", productKey: "pk", topicFullName: null, instanceId: null, endpoint: null, hosts: [] },
  processes: 2,
  thresholds: [],
  allowExcused: { kind: "count", count: 0 },
  clockUncertainty: micros(10),
  invalid: [],
  calibration: null,
  interrupted: false,
  nameOf: (device) => `d${device}`,
  addressOf: (device) => ({ productKey: "pk", deviceName: `d${device}` }),
  unixOf: (at) => at,
  ...more,
});
const verdict = (run: MeasureOutcome, more: Partial<ResultContext> = {}) => {
  const { result, causes } = judgeRun(run, context(more));
  assert.deepEqual(
    result.causes,
    causes.map(({ text }) => text),
  );
  return [result.verdict, result.causes.length];
};

test("a run in the keys of the contract", () => {
  const { result } = judgeRun(outcome([1000, 2000]), context({ thresholds: [parseThreshold("max<500ms")] }));
  assert.deepEqual(Object.keys(result), [
    "schema",
    "verdict",
    "target",
    "fleet",
    "scenario",
    "broadcasts",
    "total",
    "generator",
    "calibration",
    "clock",
    "thresholds",
    "warnings",
    "causes",
    "causeKinds",
    "failure",
    "rules",
  ]);
  assert.deepEqual([result.schema, result.verdict], ["iotb.measure/1", "pass"]);
  assert.deepEqual(result.fleet, {
    requested: 4,
    online: 3,
    failed: { x: 1 },
    connectMs: { p50: 2, p99: null, max: 4 },
    connectRate: 6,
    processes: 2,
    reconnects: 5,
    published: 7,
  });
  const { foreign, foreignIds, afterSettling, ambiguous } = result.total;
  assert.deepEqual([foreign, foreignIds, afterSettling, ambiguous], [2, ["8", "9"], 1, 0]);
  assert.deepEqual(result.clock, { uncertaintyMs: 0.01 });
  assert.deepEqual(result.thresholds, [{ expression: "max<500ms", observed: 2, pass: true }]);
  assert.equal(result.generator?.bound, false);
  assert.equal(result.warnings.length, 2, "foreign and after settling");
});

test("each way to end", () => {
  assert.deepEqual(verdict(outcome([1000])), ["pass", 0]);
  assert.deepEqual(verdict(outcome([1000, null])), ["fail", 1]);
  assert.deepEqual(verdict(outcome([1000]), { thresholds: [parseThreshold("max<1us")] }), ["fail", 1]);
  assert.deepEqual(verdict(outcome([1000]), { invalid: ["a shard died"] }), ["invalid", 1]);
  assert.deepEqual(verdict(outcome([1000]), { interrupted: true }), ["interrupted", 1]);
  const failure = new IotbError("api-refused", "no permission");
  assert.deepEqual(verdict(outcome([1000], { failure })), ["error", 1]);
  assert.deepEqual(verdict(outcome([1000], { failure: new IotbError("interrupted", "stopped") })), ["interrupted", 1]);
  assert.deepEqual(verdict(outcome([1000], { broadcasts: [] })), ["invalid", 1], "nothing was measured");
  assert.deepEqual(verdict(outcome([1000], { broadcasts: [], failure })), ["error", 1]);
});

test("what was not measured is null, and thresholds on it are no cause of their own", () => {
  const empty = outcome([], {
    online: null,
    broadcasts: [],
    totals: null,
    failure: new IotbError("api-refused", "no"),
  });
  const { result, causes } = judgeRun(empty, context({ thresholds: [parseThreshold("max<1s")] }));
  assert.deepEqual([result.fleet, result.generator, result.clock], [null, null, null]);
  assert.deepEqual([result.total.foreign, result.thresholds[0]?.pass], [0, false]);
  assert.deepEqual(
    causes.map(({ kind }) => kind),
    ["error"],
  );
});

test("a saturated generator makes a run invalid only where a time was asked for: the account does not depend on it", () => {
  const saturated = outcome([1000], {}, [busy]);
  assert.equal(judgeRun(saturated, context()).result.generator?.bound, true);
  assert.deepEqual(verdict(saturated), ["pass", 0]);
  assert.deepEqual(verdict(saturated, { thresholds: [parseThreshold("missing")] }), ["pass", 0]);
  assert.deepEqual(verdict(saturated, { thresholds: [parseThreshold("max<1s")] }), ["invalid", 1]);
  assert.deepEqual(verdict(saturated, { thresholds: [parseThreshold("coverage(100%)<1s")] }), ["invalid", 1]);
});

test("the generator is judged over the timed broadcasts, a loop delay by half of the p99 or, with few samples, the maximum", () => {
  const delayed = (ms: number) => [{ ...idle, loopDelayMaxMs: ms }];
  const bound = (latencies: readonly number[], ms: number) =>
    judgeRun(outcome(latencies, {}, delayed(ms)), context()).result.generator?.bound;
  assert.deepEqual([bound([8000], 4), bound([8000], 4.1)], [false, true]);
  const hundred = Array.from({ length: 100 }, (_, i) => (i === 99 ? 90_000 : 8000));
  assert.deepEqual([bound(hundred, 4), bound(hundred, 4.1)], [false, true]);
  const warm = { ...settled(digestOf([1000]), { warmup: true }), loads: [busy] };
  assert.equal(judgeRun(outcome([], { broadcasts: [warm] }), context()).result.generator, null);
});

test("a floor that is most of the measured p99, and shared cores, are warnings and no failures", () => {
  const hundred = Array.from({ length: 100 }, () => 8000);
  const floor = (p99: number | null) => ({
    devices: 4,
    processes: 1,
    floorMs: { p50: 1, p99, max: 9 },
    deliveriesPerSecond: 1000,
  });
  const warned = (more: Partial<ResultContext>, loads = [idle]) => {
    const { result } = judgeRun(outcome(hundred, {}, loads), context(more));
    assert.equal(result.verdict, "pass");
    return result.warnings.slice(2);
  };
  assert.deepEqual(warned({ calibration: floor(4) }), []);
  assert.deepEqual(warned({ calibration: floor(null) }), []);
  assert.deepEqual(warned({ calibration: floor(6) }), [
    "the machine, not the platform, makes most of these times: a null fan-out's p99 here is 75% of the measured one",
  ]);
  const [shared] = warned({}, [{ ...idle, runQueueMs: 5 }]);
  assert.match(shared ?? "", /^the machine's cores were shared: fleet process 0 waited 5 ms/);
  const { calibration } = judgeRun(outcome([1000]), context({ calibration: floor(6) })).result;
  assert.deepEqual(calibration, floor(6));
});

test("an account that does not close, or may have lost receipts, is not to be trusted", () => {
  const digest = digestOf([1000, null]);
  assert.deepEqual(accountFaults([settled(digest)]), []);
  assert.deepEqual(accountFaults([settled({ ...digest, delivered: 2 })]), [
    "the account of 1 does not close: 2 expected, 3 accounted for",
  ]);
  const [fault] = accountFaults([settled({ ...digest, incomplete: true })]);
  assert.match(fault ?? "", /receipts of 1 may have been turned away/);
  const broadcasts = [{ ...settled({ ...digestOf([1000]), incomplete: true }), loads: [] }];
  assert.deepEqual(verdict(outcome([], { broadcasts })), ["invalid", 1]);
});

test("what is worth a word and no failure", () => {
  const total = { ...summarizeTotal([]), duplicates: 1, latecomers: 2, negativeLatencies: 5 };
  assert.deepEqual(
    warningsOf(total, 3, 4).map((warning) => warning.slice(0, 8)),
    ["1 duplic", "2 lateco", "3 foreig", "4 receip", "5 receip"],
  );
  assert.deepEqual(warningsOf(summarizeTotal([]), 0, 0), []);
});

test("a scenario is told of turn by turn; its own cuts fail a run only where a limit was given", () => {
  const cut = (device: number, reason: string) => ({
    device,
    at: micros(5000),
    reason,
    closedBy: "device" as const,
  });
  const scenario = scenarioOf(parseScenario("reconnect-storm:50%"), micros(2000));
  // of four devices the first turn takes 0 and 3
  const base = digestOf([1000, null, null, 2000]);
  const own = { ...base, missing: [], missingSeen: [], excused: [cut(0, "scenario"), cut(3, "scenario")] };
  const foreign = { ...own, excused: [cut(0, "scenario"), cut(1, "closed")], latecomers: [2] };
  const run = (digest: typeof own): MeasureOutcome =>
    outcome([], {
      broadcasts: [{ ...settled(digest), loads: [], turn: { taken: 2, lastAt: micros(settled(digest).dueAt + 2500) } }],
    });
  const { result } = judgeRun(run(own), context({ scenario: { scenario, forgiven: true } }));
  assert.deepEqual([result.verdict, result.causes, result.total.excused], ["pass", [], 2]);
  assert.deepEqual(result.scenario, {
    kind: "reconnect-storm",
    devices: 2,
    atMs: 2,
    excused: 2,
    turns: [{ messageId: own.messageId, taken: 2, lastMs: 2.5, excused: 2, latecomers: 0, others: 0 }],
  });
  assert.deepEqual(verdict(run(own), { scenario: { scenario, forgiven: false } }), ["fail", 1]);
  const mixed = judgeRun(run(foreign), context({ scenario: { scenario, forgiven: true } })).result;
  assert.match(mixed.causes.join(), /^excused: 1 deliveries .* 0 allowed, beside 1 that the scenario cut off$/);
  assert.deepEqual([mixed.scenario?.turns[0]?.excused, mixed.scenario?.turns[0]?.others], [1, 2]);
});
