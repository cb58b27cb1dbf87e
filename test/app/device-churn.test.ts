import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DeviceChurn } from "../../src/app/device-churn.js";
import type { ChurnRate } from "../../src/domain/churn.js";
import { micros } from "../../src/domain/time.js";

/** Devices that stay away once they left, on a clock and a timer that only the test moves. */
const stage = (context: TestContext, rate: ChurnRate, online: readonly number[], share = 1) => {
  context.mock.timers.reset();
  context.mock.timers.enable({ apis: ["setInterval"] });
  const present = new Set(online);
  const left: number[] = [];
  let now = 0;
  let drawn = 0;
  const churn = new DeviceChurn({
    rate,
    deviceCount: 100,
    share,
    presence: {
      get onlineCount() {
        return present.size;
      },
      isOnline: (device) => present.has(device),
    },
    clock: () => micros(now),
    random: () => (drawn++ * 0.37) % 1,
    leave: (device) => {
      assert.ok(present.delete(device), "only who is online can leave");
      left.push(device);
    },
  });
  const pass = (ms: number, step = 50) => {
    for (let passed = 0; passed < ms; passed += step) {
      now += step * 1000;
      context.mock.timers.tick(step);
    }
  };
  return { churn, left, present, pass };
};
const all = Array.from({ length: 100 }, (_, i) => i);

test("a number a second, of which a process has its part, spread over the second", (context) => {
  const { churn, left, pass } = stage(context, { kind: "count", perSecond: 20 }, all, 0.5);
  churn.start();
  pass(500);
  assert.equal(left.length, 5);
  pass(500);
  assert.equal(left.length, 10);
  assert.equal(new Set(left).size, 10);
});

test("a share of those online is less as they become fewer", (context) => {
  const { churn, left, pass } = stage(context, { kind: "fraction", perSecond: 0.5 }, all);
  churn.start();
  pass(1000);
  assert.ok(left.length >= 38 && left.length <= 41, `${left.length}: 100 · (1 − e^−½) are 39`);
});

test("one who is online is found among many who are not", (context) => {
  const { churn, left, pass } = stage(context, { kind: "count", perSecond: 10 }, [63]);
  churn.start();
  pass(100);
  assert.deepEqual(left, [63]);
});

test("what nobody online could leave for is not saved up", (context) => {
  const { churn, left, present, pass } = stage(context, { kind: "count", perSecond: 10 }, []);
  churn.start();
  pass(10_000);
  for (const device of all) present.add(device);
  pass(100);
  assert.equal(left.length, 1);
});

test("before `start` and after disposal nobody leaves", (context) => {
  const { churn, left, pass } = stage(context, { kind: "count", perSecond: 1000 }, all);
  pass(1000);
  assert.equal(left.length, 0);
  churn.start();
  pass(50);
  churn[Symbol.dispose]();
  const before = left.length;
  pass(1000);
  assert.deepEqual([before, left.length], [50, 50]);
});
