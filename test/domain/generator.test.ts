import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeGenerator, type ShardLoad } from "../../src/domain/generator.js";

const load = (more: Partial<ShardLoad> = {}): ShardLoad => ({
  utilization: 0.1,
  loopDelayMaxMs: 1,
  loopDelayP99Ms: 0.5,
  cpuCores: 0.25,
  ...more,
});
const bound = (...loads: ShardLoad[]) => judgeGenerator([{ loads, p99Ms: 100 }])?.bound;

test("what was not measured is not judged", () => {
  assert.equal(judgeGenerator([]), null);
  assert.equal(judgeGenerator([{ loads: [], p99Ms: 5 }]), null);
});

test("the worst shard and the busiest broadcast are told", () => {
  assert.deepEqual(
    judgeGenerator([
      { loads: [load(), load({ utilization: 0.51234, loopDelayP99Ms: 2 })], p99Ms: 100 },
      { loads: [load({ loopDelayMaxMs: 9, cpuCores: 0.6 })], p99Ms: 100 },
    ]),
    { eventLoopDelayMs: { p99: 2, max: 9 }, utilization: 0.512, cpuCores: 0.6, bound: false },
  );
});

test("a shard that was busy for 0.9 of the time is saturated", () => {
  assert.equal(bound(load(), load({ utilization: 0.899 })), false);
  assert.equal(bound(load(), load({ utilization: 0.9 })), true);
});

test("one loop delay above half of that broadcast's p99 is too much", () => {
  assert.equal(bound(load({ loopDelayMaxMs: 50 })), false);
  assert.equal(bound(load(), load({ loopDelayMaxMs: 50.1 })), true);
  const slow = { loads: [load({ loopDelayMaxMs: 50.1 })], p99Ms: 200 };
  assert.equal(judgeGenerator([slow, { loads: [load()], p99Ms: 10 }])?.bound, false, "each by its own p99");
});

test("where nothing was delivered, the loop delay has nothing to be compared with", () => {
  assert.equal(judgeGenerator([{ loads: [load({ loopDelayMaxMs: 500 })], p99Ms: null }])?.bound, false);
});
