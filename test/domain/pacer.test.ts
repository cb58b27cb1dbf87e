import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Pace, pacerOf } from "../../src/domain/pacing.js";
import { micros } from "../../src/domain/time.js";

const rate = fc.double({ min: 0.01, max: 100_000, noNaN: true });
const ramp = fc.record({
  shape: fc.constantFrom("linear" as const, "exponential" as const),
  duration: fc.integer({ min: 1, max: 3_600_000_000 }).map(micros),
});
const pace = fc.record<Pace>({ perSecond: rate, ramp: fc.option(ramp) });

const linear: Pace = { perSecond: 100, ramp: { shape: "linear", duration: micros(10e6) } };
const doubling: Pace = { perSecond: 1024, ramp: { shape: "exponential", duration: micros(10e6) } };

test("when a piece is due and how many are due by then say the same, to within rounding", () => {
  fc.assert(
    fc.property(pace, fc.nat(100_000), (one, number) => {
      const pacer = pacerOf(one);
      const at = pacer.dueAt(number);
      // relative to the time, because that is how doubles round; 1 µs at least
      const slack = Math.max(1, at * 1e-9);
      assert.ok(pacer.dueBy(micros(at + slack)) >= number + 1, `piece ${number} at ${at}`);
      if (at > slack) assert.ok(pacer.dueBy(micros(at - slack)) <= number, `piece ${number} not before ${at}`);
    }),
  );
});

test("later pieces are never due earlier, and more time never makes fewer due", () => {
  fc.assert(
    fc.property(pace, fc.nat(100_000), fc.nat(1_000_000_000), fc.nat(1_000_000), (one, number, elapsed, more) => {
      const pacer = pacerOf(one);
      assert.ok(pacer.dueAt(number + 1) > pacer.dueAt(number));
      assert.ok(pacer.dueBy(micros(elapsed + more)) >= pacer.dueBy(micros(elapsed)));
    }),
  );
});

test("every pace has an answer for every time: nothing before the start, the first piece at it", () => {
  fc.assert(
    fc.property(pace, fc.integer({ min: -1_000_000, max: 1e12 }), (one, elapsed) => {
      const due = pacerOf(one).dueBy(micros(elapsed));
      assert.ok(elapsed < 0 ? due === 0 : Number.isSafeInteger(due) && due >= 1, `${due}`);
      assert.equal(pacerOf(one).dueAt(0), 0);
    }),
  );
});

test("after a ramp the rate is the full one", () => {
  fc.assert(
    fc.property(pace, fc.integer({ min: 1, max: 1000 }), (one, seconds) => {
      const { dueBy } = pacerOf(one);
      const end = one.ramp?.duration ?? 0;
      const gained = dueBy(micros(end + 1 + seconds * 1e6)) - dueBy(micros(end + 1));
      assert.ok(Math.abs(gained - one.perSecond * seconds) <= 1.001, `${gained}`);
    }),
  );
});

test("linear: half of what the full rate would have made, a quarter of that in the first half", () => {
  const { dueBy, dueAt } = pacerOf(linear);
  assert.deepEqual(
    [0, 5e6, 10e6, 11e6].map((elapsed) => dueBy(micros(elapsed))),
    [1, 126, 501, 601],
  );
  assert.deepEqual([125, 500, 600].map(dueAt), [5e6, 10e6, 11e6]);
});

test("exponential: one in the first second, then twice as many in each", () => {
  const { dueBy, dueAt } = pacerOf(doubling);
  const inSecond = Array.from({ length: 10 }, (_, i) => dueBy(micros((i + 1) * 1e6)) - dueBy(micros(i * 1e6)));
  const first = 1 / Math.LN2;
  for (const [i, count] of inSecond.entries()) {
    assert.ok(Math.abs(count - first * 2 ** i) <= 1, `${count} in second ${i}`);
  }
  assert.equal(Math.round(dueAt(Math.round(1023 * first))), Math.round(10e6 + (1e6 * (1476 - 1023 * first)) / 1024));
});

test("a ramp to at most one a second has nothing to double, and an infinite rate has no ramp", () => {
  assert.equal(pacerOf({ ...doubling, perSecond: 0.5 }).dueAt(3), 6e6);
  const unbounded = pacerOf({ ...linear, perSecond: Number.POSITIVE_INFINITY });
  assert.deepEqual(
    [unbounded.dueBy(micros(-1)), unbounded.dueBy(micros(0)), unbounded.dueAt(7)],
    [0, Number.POSITIVE_INFINITY, 0],
  );
});
