import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as check, integer, property, tuple } from "fast-check";
import { RateWindow } from "../../src/domain/rate-window.js";

test("counts fall into slots, the oldest first, and out of the window in time", () => {
  const window = new RateWindow(100, 4);
  window.add(3, 1000);
  window.add(2, 1099);
  window.add(7, 1250);
  assert.deepEqual(window.series(1250), [0, 5, 0, 7]);
  assert.deepEqual(window.series(1399), [5, 0, 7, 0]);
  assert.deepEqual(window.series(1400), [0, 7, 0, 0]);
  assert.deepEqual(window.series(9999), [0, 0, 0, 0]);
});

test("the window holds exactly what happened in it", () => {
  check(
    property(array(tuple(integer({ min: 0, max: 700 }), integer({ min: 0, max: 9 }))), (steps) => {
      const window = new RateWindow(100, 5);
      const all: { at: number; count: number }[] = [];
      let now = 0;
      for (const [pause, count] of steps) {
        now += pause;
        window.add(count, now);
        all.push({ at: now, count });
      }
      const from = Math.floor(now / 100) - 4;
      const inside = all.filter(({ at }) => Math.floor(at / 100) >= from).reduce((sum, { count }) => sum + count, 0);
      assert.equal(
        window.series(now).reduce((sum, count) => sum + count, 0),
        inside,
      );
    }),
  );
});
