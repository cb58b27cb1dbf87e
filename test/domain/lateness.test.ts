import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LATEST_KEPT, LatenessTable, mergeLatest } from "../../src/domain/lateness.js";

test("the latest devices by their mean, with how many broadcasts and the worst", () => {
  const table = new LatenessTable(4);
  table.record(0, 10);
  table.record(1, 30);
  table.record(1, 50);
  table.record(3, 40);
  assert.deepEqual(table.latest(100), [
    { device: 101, broadcasts: 2, meanUs: 40, maxUs: 50 },
    { device: 103, broadcasts: 1, meanUs: 40, maxUs: 40 },
    { device: 100, broadcasts: 1, meanUs: 10, maxUs: 10 },
  ]);
});

test("the latest of parts are the latest of the whole, and no more than are kept", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 80 }), fc.nat(80), (times, cut) => {
      const whole = new LatenessTable(times.length);
      const first = new LatenessTable(Math.min(cut, times.length));
      const second = new LatenessTable(times.length - Math.min(cut, times.length));
      times.forEach((time, device) => {
        whole.record(device, time);
        if (device < cut) first.record(device, time);
        else second.record(device - cut, time);
      });
      const all = whole.latest(0);
      assert.equal(all.length, Math.min(LATEST_KEPT, times.length));
      assert.deepEqual(mergeLatest([second.latest(Math.min(cut, times.length)), first.latest(0)]), all);
    }),
  );
});
