import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeGenerator, type ShardLoad, warnOfSharedCores } from "../../src/domain/generator.js";
import { loadOf } from "../support/measure-samples.js";

const load = loadOf;
const broadcast = (loads: readonly (ShardLoad | null)[], p99Ms: number | null, messageId = "1") => ({
  messageId,
  loads,
  p99Ms,
});
const bound = (...loads: ShardLoad[]) => judgeGenerator([broadcast(loads, 100)])?.bound;

test("what was not measured is not judged", () => {
  assert.equal(judgeGenerator([]), null);
  assert.equal(judgeGenerator([broadcast([], 5)]), null);
});

test("the worst shard and the busiest broadcast are told", () => {
  const summary = judgeGenerator([
    broadcast([load(), load({ utilization: 0.51234, loopDelayP99Ms: 2, receiptsPerSecond: 1000.4 })], 100),
    broadcast([load({ loopDelayMaxMs: 9, cpuCores: 0.6, gcCount: 3, gcTotalMs: 4.5, gcMaxMs: 2, runQueueMs: 7 })], 100),
  ]);
  const first = {
    eventLoopDelayMs: { p99: 0.5, max: 9 },
    utilization: 0.1,
    cpuCores: 0.6,
    gcMs: { count: 3, total: 4.5, max: 2 },
    runQueueMs: 7,
    receiptsPerSecond: 50_000,
    bound: false,
  };
  const second = {
    eventLoopDelayMs: { p99: 2, max: 1 },
    utilization: 0.512,
    cpuCores: 0.25,
    gcMs: { count: 0, total: 0, max: 0 },
    runQueueMs: 0,
    receiptsPerSecond: 1000,
    bound: false,
  };
  assert.deepEqual(summary, {
    eventLoopDelayMs: { p99: 2, max: 9 },
    utilization: 0.512,
    cpuCores: 0.6,
    gcMs: { count: 3, total: 4.5, max: 2 },
    runQueueMs: 7,
    bound: false,
    boundBy: null,
    boundIn: null,
    shards: [first, second],
  });
});

test("where it was bound and by what is told: the busiest process before the longest delay", () => {
  const calm = broadcast([load(), load()], 100, "7");
  const delayed = broadcast([load(), load({ loopDelayMaxMs: 60 })], 100, "8");
  const worse = broadcast([load({ loopDelayMaxMs: 90 }), load()], 100, "9");
  const busy = broadcast([load(), load({ utilization: 0.91 })], 100, "10");
  const told = (...broadcasts: ReturnType<typeof broadcast>[]) => {
    const summary = judgeGenerator(broadcasts);
    return [summary?.boundBy, summary?.boundIn, summary?.shards.map((shard) => shard?.bound)];
  };
  assert.deepEqual(told(calm), [null, null, [false, false]]);
  assert.deepEqual(told(calm, delayed, worse), ["loop-delay", { messageId: "9", shard: 0 }, [true, true]]);
  assert.deepEqual(told(busy, worse, calm), ["utilization", { messageId: "10", shard: 1 }, [true, true]]);
});

test("a process whose load is not known has its place all the same, and makes no system tell what it does not", () => {
  const summary = judgeGenerator([broadcast([null, load({ runQueueMs: null })], 100)]);
  assert.equal(summary?.shards[0], null);
  assert.deepEqual([summary?.shards[1]?.runQueueMs, summary?.runQueueMs], [null, null]);
});

test("a wait for a core is a warning above half of the p99, and never a bound", () => {
  const waiting = (runQueueMs: number | null, p99Ms: number | null = 20) =>
    broadcast([load(), load({ runQueueMs })], p99Ms, "7");
  for (const calm of [waiting(10), waiting(null), waiting(50, null)]) assert.equal(warnOfSharedCores([calm]), null);
  assert.equal(
    warnOfSharedCores([waiting(1), waiting(10.5)]),
    "the machine's cores were shared: fleet process 1 waited 10.5 ms for one while 7 arrived, whose p99 is 20 ms",
  );
  assert.equal(judgeGenerator([waiting(15)])?.bound, false);
});

test("a shard that was busy for 0.9 of the time is saturated", () => {
  assert.equal(bound(load(), load({ utilization: 0.899 })), false);
  assert.equal(bound(load(), load({ utilization: 0.9 })), true);
});

test("one loop delay above half of that broadcast's p99 is too much", () => {
  assert.equal(bound(load({ loopDelayMaxMs: 50 })), false);
  assert.equal(bound(load(), load({ loopDelayMaxMs: 50.1 })), true);
  const slow = broadcast([load({ loopDelayMaxMs: 50.1 })], 200);
  assert.equal(judgeGenerator([slow, broadcast([load()], 10)])?.bound, false, "each by its own p99");
});

test("where nothing was delivered, the loop delay has nothing to be compared with", () => {
  assert.equal(judgeGenerator([broadcast([load({ loopDelayMaxMs: 500 })], null)])?.bound, false);
});

test("of loads as they were recorded, the unburdened one is not bound and the one with 50 µs of work a receipt is", () => {
  // 5,000 devices, and 2,000 of a fleet that worked, each on two cores that were shared with others
  const unburdened = load({ utilization: 0.335, loopDelayP99Ms: 5.827, loopDelayMaxMs: 5.827, cpuCores: 0.613 });
  const burdened = load({ utilization: 0.98, loopDelayP99Ms: 77.4, loopDelayMaxMs: 77.4, cpuCores: 0.97 });
  assert.equal(judgeGenerator([broadcast([unburdened], 90.175)])?.boundBy, null);
  assert.equal(judgeGenerator([broadcast([burdened], 134.015)])?.boundBy, "utilization");
});
