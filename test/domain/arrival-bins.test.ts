import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BinCounter, mergeBins, NO_ARRIVALS } from "../../src/domain/arrival-bins.js";

const binsOf = (times: readonly number[]) => {
  const counter = new BinCounter();
  for (const time of times) counter.record(time);
  return counter.bins();
};

test("deliveries are counted in bins of 10 ms from when the broadcast was due, from the first to the last that holds any", () => {
  assert.deepEqual(binsOf([25_000, 29_999.9, 30_000, 50_000]), { firstBin: 2, counts: [2, 1, 0, 1] });
  assert.deepEqual(binsOf([0]), { firstBin: 0, counts: [1] });
  assert.deepEqual(binsOf([]), NO_ARRIVALS);
});

test("a time beyond ten hours is counted in the last bin", () => {
  const { firstBin, counts } = binsOf([1e18]);
  assert.deepEqual([firstBin, counts], [3_600_000, [1]]);
});

test("parts merge into the whole, for any split", () => {
  const times = fc.array(fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(3)));
  fc.assert(
    fc.property(times, (marked) => {
      const parts = [0, 1, 2, 3].map((part) => binsOf(marked.filter(([, p]) => p === part).map(([time]) => time)));
      assert.deepEqual(mergeBins(parts), binsOf(marked.map(([time]) => time)));
    }),
  );
});
