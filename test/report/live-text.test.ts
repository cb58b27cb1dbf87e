import assert from "node:assert/strict";
import { test } from "node:test";
import { Chalk } from "chalk";
import { array, assert as check, integer, property } from "fast-check";
import { type LiveRun, liveLines } from "../../src/report/live-text.js";

const PLAIN = new Chalk({ level: 0 });
const NOTHING = {
  broadcasts: 0,
  delivered: 0,
  missing: 0,
  excused: 0,
  unknown: 0,
  duplicates: 0,
  strays: 0,
  corrupt: 0,
};
const run = (more: Partial<LiveRun> = {}): LiveRun => ({
  elapsedUs: 12_900_000,
  fleet: { devices: 2000, online: 2000, refused: 0 },
  connecting: false,
  wasOnline: 2000,
  broadcast: {
    number: 2,
    of: 5,
    phase: "flight",
    messageId: "2125998221607043072",
    expected: 2000,
    arrived: 1000,
    us: 40_000,
  },
  othersInFlight: 0,
  perSecond: 1000,
  slots: [0, 0, 0, 0, 0, 0, 1, 500, 250, 249],
  drainUs: 10e6,
  settled: { ...NOTHING, broadcasts: 1, delivered: 2000 },
  troubles: [],
  ...more,
});
const lines = (more: Partial<LiveRun> = {}, width = 100) => liveLines(PLAIN, run(more), width);
const line = (label: string, more: Partial<LiveRun> = {}) =>
  lines(more)
    .find((text) => text.startsWith(label))
    ?.slice(11);

test("a run in flight", () => {
  assert.deepEqual(lines(), [
    "fleet      ██████████████████████████████  2,000/2,000 online",
    "broadcast  2 of 5  2125998221607043072  in flight",
    "coverage   ███████████████░░░░░░░░░░░░░░░  1,000/2,000  50.0%",
    "arrivals   ······▁█▄▄  1,000 in the last second",
    "settled    1, delivered 2,000",
    "problems   none",
    "elapsed    12 s",
  ]);
});

test("while the fleet comes online there is nothing to say of broadcasts", () => {
  const fleet = { devices: 2000, online: 500, refused: 3 };
  assert.deepEqual(lines({ connecting: true, wasOnline: 0, broadcast: null, fleet }), [
    "fleet      ███████░░░░░░░░░░░░░░░░░░░░░░░  500/2,000 online",
    "problems   3 given up",
    "elapsed    12 s",
  ]);
});

test("where a broadcast stands, in words", () => {
  const at = (phase: "due" | "calling" | "flight" | "settled", us: number, number = 2) =>
    line("broadcast", { broadcast: { number, of: 5, phase, messageId: null, expected: null, arrived: 0, us } });
  assert.equal(at("due", 42_500_000), "2 of 5  due in 42 s");
  assert.equal(at("due", 999_000), "2 of 5  due now");
  assert.equal(at("calling", 5), "2 of 5  calling the API");
  assert.equal(at("settled", 5), "2 of 5  settled");
  assert.equal(at("settled", 5, 5), "5 of 5  settled, the last one");
  assert.equal(line("broadcast", { broadcast: null }), "none yet");
  assert.match(line("broadcast", { othersInFlight: 2 }) ?? "", /in flight, 2 more in flight$/);
  assert.match(line("coverage", { broadcast: null }) ?? "", /^░{30} {2}–$/);
});

test("100% is the whole and nothing less", () => {
  const coverage = (arrived: number, expected: number) =>
    line("coverage", {
      broadcast: { number: 1, of: 1, phase: "flight", messageId: null, expected, arrived, us: 0 },
    });
  assert.match(coverage(999_999, 1_000_000) ?? "", /^█{29}░ {2}999,999\/1,000,000 {2}99\.9%$/);
  assert.match(coverage(7, 7) ?? "", /^█{30} {2}7\/7 {2}100\.0%$/);
  assert.match(coverage(0, 0) ?? "", /^░{30} {2}0\/0 {2}0\.0%$/);
});

test("every problem that is known, and none before it is", () => {
  const broadcast = run().broadcast;
  assert.ok(broadcast);
  const all: Partial<LiveRun> = {
    broadcast: { ...broadcast, us: 3_200_000 },
    fleet: { devices: 2000, online: 1990, refused: 2 },
    settled: { ...NOTHING, missing: 1, excused: 2, unknown: 3, duplicates: 4, strays: 5, corrupt: 6 },
    troubles: ["a process of the fleet died"],
  };
  const [, , , , , found] = lines(all, 300);
  assert.deepEqual(found?.slice(11).split(" · "), [
    "1,000 without it, nothing came for 3 s of 10 s",
    "a process of the fleet died",
    "missing 1",
    "strays 5",
    "corrupt 6",
    "unknown 3",
    "excused 2",
    "duplicates 4",
    "10 offline",
    "2 given up",
  ]);
  assert.match(line("problems", all) ?? "", /^1,000 without it.{72}…$/, "what does not fit is cut");
  assert.equal(line("problems", { broadcast: { ...broadcast, arrived: 2000, us: 3_200_000 } }), "none");
  assert.equal(line("problems", { broadcast: { ...broadcast, us: 900_000 } }), "none");
});

test("no line is wider than it may be, whatever the width and the numbers", () => {
  const number = integer({ min: 0, max: 10_000_000 });
  check(
    property(integer({ min: 1, max: 150 }), number, number, array(number, { maxLength: 50 }), (width, a, b, slots) => {
      const drawn = lines(
        {
          fleet: { devices: a, online: b, refused: a },
          slots,
          perSecond: a,
          broadcast: { number: a, of: b, phase: "flight", messageId: "1".repeat(19), expected: a, arrived: b, us: 1e9 },
          troubles: ["x".repeat(200)],
        },
        width,
      );
      assert.equal(drawn.length, 7);
      for (const text of drawn) assert.ok(text.length <= width, `${text.length} > ${width}: ${text}`);
    }),
  );
});
