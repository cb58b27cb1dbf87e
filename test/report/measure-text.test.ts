import assert from "node:assert/strict";
import { test } from "node:test";
import { Chalk } from "chalk";
import { digestArrivals } from "../../src/domain/fanout.js";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import { formatMs } from "../../src/report/format-ms.js";
import { broadcastHeading, broadcastLine, fleetLine, summaryText } from "../../src/report/measure-text.js";
import { digestOf, ended, presenceOf, question, settled, slotOf } from "../support/digest-samples.js";
import { generatorOf, resultOf } from "../support/measure-samples.js";

const plain = new Chalk({ level: 0 });
const full = digestOf(Array.from({ length: 1000 }, (_, i) => 10_000 + i * 100));
const text = (result: MeasureResult) => summaryText(plain, result, "do this").split("\n");
const fleetOf = ({ fleet }: MeasureResult) => {
  assert.ok(fleet);
  return fleet;
};

test("a run that passed", () => {
  const result = resultOf([settled(full)], {
    thresholds: [{ expression: "p99<500ms", observed: 109.055, pass: true }],
  });
  assert.deepEqual(text(result), [
    "",
    "latency    min 10.0 ms  p50 59.9 ms  p90 99.9 ms  p95 105 ms  p99 109 ms  p999 110 ms  max 110 ms   due → receipt",
    "coverage   50% in 59.9 ms  90% in 99.9 ms  99% in 109 ms  99.9% in 110 ms  100% in 110 ms   of the expected, worst broadcast",
    "account    expected 1,000 = delivered 1,000 + missing 0 + excused 0 + unknown 0",
    "           duplicates 0  latecomers 0  strays 0  corrupt 0  foreign 0",
    "generator  busy 31% at most, loop delay p99 420 µs max 3.00 ms, GC 1.25 ms at most, longest pause 750 µs, clock ± 10 µs",
    "threshold  p99<500ms  observed 109.055  met",
    "verdict    PASS  every expected device got every broadcast",
    "next       do this",
  ]);
});

test("a run that failed names who is missing and what was not met", () => {
  const lost = digestArrivals(
    slotOf(12, [
      [0, 3000],
      [0, 3100],
    ]),
    presenceOf(12, [ended(11, 2000)]),
    question(),
  );
  const result = resultOf([settled(lost), settled(lost)], {
    verdict: "fail",
    generator: generatorOf({
      eventLoopDelayMs: { p99: 5, max: 30 },
      utilization: 0.95,
      gcMs: { count: 0, total: 0, max: 0 },
      bound: true,
      boundBy: "utilization",
      boundIn: { messageId: "7", shard: 1 },
    }),
    clock: { uncertaintyMs: null },
    thresholds: [
      { expression: "missing", observed: 20, pass: false },
      { expression: "p99<1", observed: null, pass: false },
    ],
    warnings: ["2 duplicates: receipts beyond a device's first"],
    causes: ["missing: 20 of 24 expected deliveries", "threshold missing not met: 20"],
  });
  assert.deepEqual(text(result), [
    "",
    "latency    min 2.00 ms  p50 2.00 ms  p90 –  p95 –  p99 –  p999 –  max 2.00 ms   due → receipt",
    "coverage   50% never  90% never  99% never  99.9% never  100% never   of the expected, worst broadcast",
    "account    expected 24 = delivered 2 + missing 20 + excused 2 + unknown 0",
    "           duplicates 2  latecomers 0  strays 0  corrupt 0  foreign 0",
    "missing    d1 d2 d3 d4 d5 d6 d7 d8 …",
    "excused    d11",
    "generator  busy 95% at most, loop delay p99 5.00 ms max 30.0 ms, no GC",
    "           bound by utilisation: fleet process 1, broadcast 7: busy for 95% of the time; the times are not the platform's alone",
    "threshold  missing  observed 20  NOT MET",
    "threshold  p99<1  observed not known  NOT MET",
    "warning    2 duplicates: receipts beyond a device's first",
    "verdict    FAIL",
    "           missing: 20 of 24 expected deliveries",
    "           threshold missing not met: 20",
    "next       do this",
  ]);
});

test("a calibrated run shows the floor beside the result, and its share where both are known", () => {
  const floor = { devices: 1000, processes: 1, floorMs: { p50: 10, p99: 43.5, max: 50 }, deliveriesPerSecond: 43_210 };
  const shown = (calibration: MeasureResult["calibration"]) =>
    text(resultOf([settled(full)], { calibration })).filter((line) => line.startsWith("floor"));
  assert.deepEqual(shown(floor), [
    "floor      p50 10.0 ms  p99 43.5 ms  max 50.0 ms on this machine with a null fan-out (43k/s), 40% of the measured p99",
  ]);
  const few = { ...floor, floorMs: { p50: 1, p99: null, max: 2 }, deliveriesPerSecond: 720 };
  assert.deepEqual(shown(few), [
    "floor      p50 1.00 ms  p99 –  max 2.00 ms on this machine with a null fan-out (720/s)",
  ]);
  assert.deepEqual(shown(null), []);
});

test("a pause that bound the generator is told as one", () => {
  const generator = generatorOf({ bound: true, boundBy: "loop-delay", boundIn: { messageId: "7", shard: 0 } });
  assert.ok(
    text(resultOf([settled(full)], { generator })).includes(
      "           bound by loop delay: fleet process 0, broadcast 7: one longer than half of the p99; the times are not the platform's alone",
    ),
  );
});

test("a run without an expected set claims nothing about who is missing or how far it came", () => {
  const result = resultOf([settled(digestOf([2000, 4000]), { basis: "none" })], {
    verdict: "invalid",
    fleet: null,
    generator: null,
    clock: null,
    causes: ["no expected set"],
  });
  assert.deepEqual(text(result), [
    "",
    "latency    min 2.00 ms  p50 2.00 ms  p90 –  p95 –  p99 –  p999 –  max 4.00 ms   due → receipt",
    "coverage   not known",
    "account    expected not known = delivered 2 + missing not known + excused not known + unknown 0",
    "           duplicates 0  latecomers 0  strays 0  corrupt 0  foreign 0",
    "verdict    INVALID",
    "           no expected set",
    "next       do this",
  ]);
});

test("a pass with excused devices does not claim that every device got it", () => {
  const excused = digestArrivals(slotOf(2, [[0, 3000]]), presenceOf(2, [ended(1, 2000)]), question());
  const verdict = text(resultOf([settled(excused)])).find((line) => line.startsWith("verdict"));
  assert.equal(verdict, "verdict    PASS  every expected device got every broadcast, but for 1 excused");
});

test("a run that sent nothing has no account to show", () => {
  const result = resultOf([], { verdict: "error", generator: null, clock: null, causes: ["no permission"] });
  assert.deepEqual(text(result), ["", "verdict    ERROR", "           no permission", "next       do this"]);
});

test("the fleet's line", () => {
  const fleet = fleetOf(resultOf([]));
  assert.equal(
    fleetLine(plain, fleet, 0.4),
    "fleet      1,000/1,000 online in 0.40 s, 2,500 a second, login p50 1.50 ms p99 12.3 ms, 2 processes",
  );
  const poor = { ...fleet, online: 1, failed: { "connack-5": 998, closed: 1 }, connectRate: null, processes: 1 };
  assert.equal(
    fleetLine(plain, { ...poor, connectMs: { p50: null, p99: null, max: 1 } }, 60),
    "fleet      1/1,000 online in 60.00 s, login p50 – p99 –  not online: 998 connack-5, 1 closed",
  );
});

test("a broadcast's line stands under its heading", () => {
  const heading = broadcastHeading(plain);
  const id = "1229336863924294656";
  const good = resultOf([settled({ ...full, messageId: id })]).broadcasts[0];
  assert.ok(good);
  const line = broadcastLine(plain, good, 1);
  assert.equal(heading, "broadcast  message id                 delivered       p50       p99       max  API call");
  assert.equal(line, "1          1229336863924294656      1,000/1,000   59.9 ms    109 ms    110 ms   2.00 ms");
  assert.equal(heading.length, line.length);
  const bad = resultOf([settled(digestOf([null, 2000]), { warmup: true })]).broadcasts[0];
  assert.ok(bad);
  assert.equal(
    broadcastLine(plain, { ...bad, messageId: id, strays: 1200 }, 2),
    "2 warm-up  1229336863924294656              1/2         –         –   2.00 ms   2.00 ms  missing 1, strays 1,200",
  );
});

test("times for people", () => {
  const shown = [
    null,
    0,
    0.0004,
    0.5,
    0.9994,
    0.9996,
    1,
    9.994,
    9.996,
    99.94,
    99.96,
    999.4,
    999.6,
    9_994,
    9_996,
    61_000,
  ];
  assert.deepEqual(shown.map(formatMs), [
    "–",
    "0 µs",
    "0 µs",
    "500 µs",
    "999 µs",
    "1.00 ms",
    "1.00 ms",
    "9.99 ms",
    "10.0 ms",
    "99.9 ms",
    "100 ms",
    "999 ms",
    "1.00 s",
    "9.99 s",
    "10.0 s",
    "61.0 s",
  ]);
});
