import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { constantRate, dueBy } from "../../src/domain/pacing.js";
import { micros } from "../../src/domain/time.js";

test("work at an even rate: the first at once, the others spaced evenly", () => {
  const pacer = constantRate(500);
  assert.deepEqual([0, 1, 2, 500].map(pacer), [0, 2000, 4000, 1_000_000]);
  assert.deepEqual(
    [0, 1999, 2000, 3999, 4000].map((elapsed) => dueBy(500, micros(elapsed))),
    [1, 1, 2, 2, 3],
  );
});

test("an infinite rate is everything at once", () => {
  assert.equal(constantRate(Number.POSITIVE_INFINITY)(1e9), 0);
  assert.equal(dueBy(Number.POSITIVE_INFINITY, micros(0)), Number.POSITIVE_INFINITY);
});

test("what is due by a moment is what the pacer says is due until then, to within 1 µs", () => {
  const rate = fc.double({ min: 0.01, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(rate, fc.nat(100_000), (perSecond, n) => {
      const at = constantRate(perSecond)(n);
      assert.ok(dueBy(perSecond, micros(at + 1)) >= n + 1);
      if (n > 0) assert.ok(dueBy(perSecond, micros(at - 1)) <= n);
    }),
  );
});

test("less than one a second is a rate too", () => {
  assert.equal(constantRate(0.5)(3), 6_000_000);
  assert.equal(dueBy(0.5, micros(5_999_999)), 3);
});
