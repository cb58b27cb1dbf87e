import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createAllowance } from "../../src/domain/allowance.js";
import { micros } from "../../src/domain/time.js";

test("one at once, then as many as the rate allows, and only a tenth of a second is saved up", () => {
  const allowance = createAllowance(100, micros(0));
  const takeAll = (at: number) => {
    let count = 0;
    while (allowance.take(micros(at))) count++;
    return count;
  };
  assert.deepEqual([0, 0, 5_000, 10_000, 60_000, 10_060_000].map(takeAll), [1, 0, 0, 1, 5, 10]);
});

test("what cannot wait comes first: the rate holds for both together", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.nat({ max: 3 })), { maxLength: 300 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      steps,
      (rate, share, all) => {
        const allowance = createAllowance(rate, micros(0));
        let now = 0;
        let counted = 0;
        let taken = 0;
        for (const [us, wanted] of all) {
          now += us;
          // a punctual schedule at a share of the rate
          for (; counted < Math.floor((now * rate * share) / 1e6); counted++) allowance.count(micros(now));
          for (let i = 0; i < wanted; i++) if (allowance.take(micros(now))) taken++;
        }
        assert.ok(counted + taken <= 2 + (now * rate) / 1e6, `${counted} + ${taken}`);
      },
    ),
    { numRuns: 1000 },
  );
});

test("without a rate nothing waits", () => {
  const allowance = createAllowance(Number.POSITIVE_INFINITY, micros(0));
  allowance.count(micros(0));
  assert.ok(Array.from({ length: 1000 }, () => allowance.take(micros(0))).every(Boolean));
});
