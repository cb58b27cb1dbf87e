import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReportRules } from "../../src/app/judge-merged.js";
import { reportRuns } from "../../src/app/report-runs.js";
import { exitOfRuns } from "../../src/cli/judged-exit.js";
import { IotbError } from "../../src/domain/errors.js";
import { digestArrivals } from "../../src/domain/fanout.js";
import type { RecordedRun } from "../../src/domain/run-record.js";
import { parseThreshold } from "../../src/domain/threshold.js";
import { micros } from "../../src/domain/time.js";
import { failsWith } from "../support/cli-fails-with.js";
import { digestOf, ended, presenceOf, question, settled, slotOf } from "../support/digest-samples.js";
import { loadOf } from "../support/measure-samples.js";
import { numberedDevice, type RunSetting, recordedRun } from "../support/recorded-run.js";

const OWN: ReportRules = { thresholds: null, allowExcused: null, clockUncertainty: null };
const full = (id: string) => settled(digestOf([5000, 6000, 7000], id));
const lossy = (id: string) => settled(digestOf([5000, null, 7000], id));
const cutOff = (id: string, reason = "closed") =>
  settled(
    digestArrivals(
      slotOf(3, [[0, 6000]]),
      presenceOf(3, [ended(1, 5000, reason), ended(2, 5000, reason)]),
      question({ messageId: id }),
    ),
  );
const second = (setting: RunSetting = {}): RunSetting => ({
  name: "b",
  addressOf: (device) => numberedDevice(device + 100),
  ...setting,
});
const report = (runs: readonly [RecordedRun, ...RecordedRun[]], rules: Partial<ReportRules> = {}) => {
  const { run, causes, failures } = reportRuns(runs, { ...OWN, ...rules });
  return { ...run, exit: exitOfRuns(causes, failures) };
};

test("a run alone is reported as it was judged", () => {
  const run = recordedRun([full("1"), lossy("2")], { thresholds: ["max<1ms", "missing<=1"], foreignIds: ["9"] });
  const { summary, account, manifests, exit } = report([run]);
  assert.equal(summary, run.summary);
  assert.equal(account, run.account);
  assert.deepEqual(manifests, [run.manifest]);
  assert.equal(exit, 6);
});

test("a run alone judged anew by the same rules comes out the same", () => {
  for (const setting of [
    { thresholds: ["max<1ms"] },
    { thresholds: ["max<1s"], load: loadOf({ utilization: 0.99 }) },
    { thresholds: ["max<1s"], invalid: ["a process died"] },
    { thresholds: ["max<1s"], interrupted: true },
    { thresholds: ["online>=10"] },
  ]) {
    const run = recordedRun([full("1"), lossy("2"), cutOff("3")], setting);
    const { summary } = report([run], { thresholds: setting.thresholds.map(parseThreshold) });
    assert.deepEqual(summary, run.summary);
  }
});

test("thresholds are held against the merged run", () => {
  const setting = { thresholds: ["delivered>=5", "missing==2"] };
  const { summary, exit } = report([recordedRun([lossy("1")], setting), recordedRun([lossy("1")], second(setting))]);
  assert.deepEqual(summary.thresholds, [
    { expression: "delivered>=5", observed: 4, pass: false },
    { expression: "missing==2", observed: 2, pass: true },
  ]);
  assert.deepEqual(summary.causes, ["missing: 2 of 6 expected deliveries", "threshold delivered>=5 not met: 4"]);
  assert.deepEqual(summary.causeKinds, ["delivery", "threshold"]);
  assert.equal(exit, 6);
  assert.deepEqual(summary.broadcasts[0]?.missingDevices, ["d000001", "d000101"]);
});

test("runs judged by other thresholds or allowances need them said", () => {
  const runs = [
    recordedRun([full("1")], { thresholds: ["max<1s"] }),
    recordedRun([cutOff("2")], second({ allowExcused: "50%" })),
  ] as const;
  assert.throws(() => report(runs), failsWith("usage", /unlike thresholds/));
  const thresholds = [parseThreshold("max<1ms")];
  assert.throws(() => report(runs, { thresholds }), failsWith("usage", /unlike allowances/));
  const { summary, exit } = report(runs, { thresholds, allowExcused: { kind: "count", count: 2 } });
  assert.deepEqual(summary.causes, ["threshold max<1ms not met: 7"]);
  assert.deepEqual(summary.rules, { allowExcused: { kind: "count", count: 2 }, scenarioForgiven: false });
  assert.equal(exit, 99);
});

test("an allowance is of all deliveries together", () => {
  const setting = { allowExcused: "2" };
  const { summary, exit } = report([recordedRun([cutOff("1")], setting), recordedRun([cutOff("1")], second(setting))]);
  assert.deepEqual(summary.causes, ["excused: 4 deliveries to devices whose connection ended, 2 allowed"]);
  assert.equal(exit, 6);
});

test("a new threshold must be one that so many deliveries can tell", () => {
  const thresholds = [parseThreshold("p99<1s")];
  assert.throws(
    () => report([recordedRun([full("1")])], { thresholds }),
    failsWith("usage", /3 deliveries cannot tell/),
  );
});

test("what voided or ended one run does so to all of them", () => {
  const died = report([recordedRun([full("1")]), recordedRun([full("1")], second({ invalid: ["a process died"] }))]);
  assert.deepEqual([died.summary.causes, died.exit], [["b: a process died"], 7]);
  const stopped = report([recordedRun([full("1")]), recordedRun([full("2")], second({ interrupted: true }))]);
  assert.deepEqual([stopped.summary.verdict, stopped.exit], ["interrupted", 130]);
  const failure = new IotbError("api-throttled", "too many calls");
  const failed = report([recordedRun([full("1")]), recordedRun([full("2")], second({ failure }))]);
  assert.deepEqual(
    [failed.summary.causes, failed.summary.failure, failed.exit],
    [["b: too many calls"], "api-throttled", 4],
  );
});

test("a saturated generator of one run voids thresholds on time, and only those", () => {
  const bound = second({ load: loadOf({ utilization: 0.97 }) });
  const runs = [recordedRun([full("1")], { load: loadOf() }), recordedRun([full("1")], bound)] as const;
  const counted = report(runs, { thresholds: [parseThreshold("missing")] });
  assert.equal(counted.exit, 0);
  assert.deepEqual(counted.summary.generator?.boundIn, { messageId: "1", shard: 1 });
  assert.equal(counted.summary.generator?.shards.length, 2);
  const timed = report(runs, { thresholds: [parseThreshold("max<1s")] });
  assert.deepEqual(timed.summary.causeKinds, ["invalid"]);
});

test("one broadcast on two hosts: thresholds on time need to know how far their clocks may be apart", () => {
  const setting = { thresholds: ["max<8ms"] };
  const runs = [
    recordedRun([full("1")], setting),
    recordedRun([full("1")], second({ ...setting, bootId: "boot-2" })),
  ] as const;
  const unknown = report(runs);
  assert.equal(unknown.summary.clock?.uncertaintyMs, null);
  assert.match(unknown.summary.causes[0] ?? "", /several clocks/);
  assert.equal(unknown.exit, 7);
  const known = report(runs, { clockUncertainty: micros(500) });
  assert.deepEqual([known.summary.clock, known.exit], [{ uncertaintyMs: 0.5 }, 0]);
  const vague = report(runs, { clockUncertainty: micros(5000) });
  assert.match(vague.summary.causes[0] ?? "", /nearer to the limit/);
});

test("broadcasts of two hosts, each measured on its own, are each on one clock", () => {
  const setting = { thresholds: ["max<8ms"] };
  const { summary, exit } = report([
    recordedRun([full("1")], setting),
    recordedRun([full("2")], second({ ...setting, bootId: "boot-2" })),
  ]);
  assert.deepEqual([summary.clock, exit], [{ uncertaintyMs: 0.001 }, 0]);
});

test("receipts of another directory's broadcast are said to be outside of the account", () => {
  const { summary } = report([
    recordedRun([full("1")], { name: "a", foreignIds: ["2", "77"] }),
    recordedRun([full("2")], second()),
  ]);
  assert.deepEqual([summary.total.foreign, summary.total.foreignIds], [2, ["77"]]);
  assert.ok(
    summary.warnings.includes("a: broadcast 2 of another directory was received here and is not in its account"),
  );
});

test("fleets add up; of a run without one nobody knows how many were online", () => {
  const rules = { thresholds: [parseThreshold("online==20")] };
  const both = report([recordedRun([full("1")]), recordedRun([full("2")], second())], rules);
  assert.deepEqual([both.summary.fleet?.online, both.summary.fleet?.processes, both.exit], [20, 2, 0]);
  const recorded = recordedRun([full("2")], second());
  const half = report(
    [recordedRun([full("1")]), { ...recorded, summary: { ...recorded.summary, fleet: null } }],
    rules,
  );
  assert.deepEqual(half.summary.thresholds, [{ expression: "online==20", observed: null, pass: false }]);
});

test("what the scenarios of the runs cut off is forgiven, or counted where an allowance is given", () => {
  const storm = { kind: "reconnect-storm", share: { kind: "count", count: 2 }, at: micros(-500) } as const;
  const setting = { scenario: { scenario: storm, forgiven: true } };
  const runs = [
    recordedRun([cutOff("1", "scenario")], setting),
    recordedRun([cutOff("1", "scenario")], second(setting)),
  ] as const;
  const { summary, exit } = report(runs);
  assert.deepEqual([exit, summary.total.excused], [0, 4]);
  assert.deepEqual(summary.scenario, {
    kind: "reconnect-storm",
    devices: 4,
    atMs: -0.5,
    excused: 4,
    turns: [
      {
        messageId: "1",
        taken: null,
        lastMs: null,
        excused: 4,
        latecomers: 0,
        others: summary.scenario?.turns[0]?.others,
      },
    ],
  });
  const counted = report(runs, { allowExcused: { kind: "count", count: 1 } });
  assert.deepEqual(counted.summary.causes, ["excused: 4 deliveries to devices whose connection ended, 1 allowed"]);
  const beside = report([runs[0], recordedRun([cutOff("1")], second())]);
  assert.match(beside.summary.causes[0] ?? "", /^excused: 2 .*, 0 allowed, beside 2 that the scenario cut off$/);
  const later = recordedRun(
    [cutOff("1")],
    second({ scenario: { scenario: { ...storm, at: micros(0) }, forgiven: true } }),
  );
  assert.throws(
    () => report([runs[0], later]),
    failsWith("bad-input-file", /reconnect-storm at -0.5 ms and .* at 0 ms/),
  );
});
