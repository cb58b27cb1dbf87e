import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrivalRate } from "../../../src/report/html/arrival-rate.js";

const bins = fc.record({ firstBin: fc.nat(5000), counts: fc.array(fc.nat(1000), { minLength: 1, maxLength: 300 }) });

test("no delivery is lost where bins are drawn together, and there are never more than 1,000", () => {
  fc.assert(
    fc.property(fc.array(bins, { minLength: 1, maxLength: 5 }), (all) => {
      const plot = arrivalRate(all, { label: "w", arrivals: all[0] as (typeof all)[0] });
      assert.ok(plot !== null);
      assert.ok(plot.x.length <= 1001);
      const counted = (plot.lines[0]?.y ?? []).reduce<number>(
        (sum, rate) => sum + ((rate ?? 0) * plot.binMs) / 1000,
        0,
      );
      const counts = all.flatMap((each) => each.counts).reduce((sum, count) => sum + count, 0);
      assert.ok(Math.abs(counted * all.length - counts) < 0.01 * all.length * plot.x.length, `${counted} of ${counts}`);
    }),
  );
});

test("rates are deliveries a second since due, and end with the last bin", () => {
  assert.deepEqual(arrivalRate([{ firstBin: 1, counts: [5, 10] }], null), {
    binMs: 10,
    x: [0, 10, 20, 30],
    lines: [{ label: "deliveries", role: "all", y: [0, 500, 1000, 0] }],
  });
  assert.equal(arrivalRate([{ firstBin: 0, counts: [] }], null), null);
  assert.equal(arrivalRate([], null), null);
});
