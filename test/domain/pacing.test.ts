import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dueBy } from "../../src/domain/pacing.js";
import { micros } from "../../src/domain/time.js";

test("work at an even rate: the first at once, the others spaced evenly", () => {
  assert.deepEqual(
    [0, 1999, 2000, 3999, 4000].map((elapsed) => dueBy(500, micros(elapsed))),
    [1, 1, 2, 2, 3],
  );
});

test("an infinite rate is everything at once", () => {
  assert.equal(dueBy(Number.POSITIVE_INFINITY, micros(0)), Number.POSITIVE_INFINITY);
});

test("the nth piece is due after n gaps, to within 1 µs", () => {
  const rate = fc.double({ min: 0.01, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(rate, fc.nat(100_000), (perSecond, n) => {
      const at = (n / perSecond) * 1e6;
      assert.ok(dueBy(perSecond, micros(at + 1)) >= n + 1);
      if (n > 0) assert.ok(dueBy(perSecond, micros(at - 1)) <= n);
    }),
  );
});

test("less than one a second is a rate too", () => {
  assert.equal(dueBy(0.5, micros(5_999_999)), 3);
});
