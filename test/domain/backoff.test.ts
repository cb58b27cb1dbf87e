import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backoffDelay, LOCAL_BACKOFF, REMOTE_BACKOFF } from "../../src/domain/backoff.js";
import { micros } from "../../src/domain/time.js";

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("never below the floor, never above the ceiling", () => {
  const rule = fc
    .tuple(fc.nat(1e9), fc.nat(1e9))
    .map(([a, b]) => ({ floor: micros(Math.min(a, b)), ceiling: micros(Math.max(a, b)) }));
  fc.assert(
    fc.property(rule, fc.integer({ min: 1, max: 300 }), random, (one, attempt, drawn) => {
      const delay = backoffDelay(one, attempt, drawn);
      assert.ok(delay >= one.floor && delay <= one.ceiling, `${delay}`);
    }),
  );
});

test("a later retry may wait longer, never less for the same draw", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), random, (attempt, drawn) => {
      assert.ok(backoffDelay(LOCAL_BACKOFF, attempt + 1, drawn) >= backoffDelay(LOCAL_BACKOFF, attempt, drawn));
    }),
  );
});

test("the top doubles from twice the floor up to the ceiling, and draws are even between floor and top", () => {
  const rule = { floor: micros(1000), ceiling: micros(10_000) };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 255].map((attempt) => backoffDelay(rule, attempt, 0.5)),
    [1500, 2500, 4500, 5500, 5500, 5500],
  );
  assert.equal(backoffDelay(rule, 1, 0), 1000);
});

test("off loopback a device comes back at most five times a minute", () => {
  assert.ok(REMOTE_BACKOFF.floor >= 60e6 / 5);
});
