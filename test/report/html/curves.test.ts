import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "../../../src/domain/histogram.js";
import { micros } from "../../../src/domain/time.js";
import { coverageCurve } from "../../../src/report/html/coverage-curve.js";
import { latencyCurve } from "../../../src/report/html/latency-curve.js";

/** A line of these times, µs, of so many expected. */
const line = (us: readonly number[], expected: number | null = us.length, negative = 0) => {
  const histogram = new LatencyHistogram();
  for (const time of us) histogram.record(micros(time));
  return { label: "x", role: "one" as const, expected, negative, samples: us.length, times: histogram.recordedTimes() };
};

const times = fc.array(
  fc.double({ min: 0, max: 7, noNaN: true }).map((power) => Math.round(10 ** power)),
  { minLength: 1, maxLength: 200 },
);

test("a coverage curve says at every plotted moment exactly how many had it by then", () => {
  fc.assert(
    fc.property(times, fc.nat(50), (us, lost) => {
      const own = line(us, us.length + lost);
      const curve = coverageCurve([own]);
      assert.ok(curve !== null);
      curve.x.forEach((ms, i) => {
        const there =
          own.times.us.filter((each) => each <= ms * 1000).length === 0
            ? 0
            : (own.times.upTo[own.times.us.findLastIndex((each) => each <= ms * 1000)] as number);
        assert.ok(Math.abs((curve.lines[0]?.y[i] as number) - (100 * there) / (us.length + lost)) < 1e-3, `${ms} ms`);
      });
      assert.ok(curve.x.length <= 700);
      assert.ok(
        curve.x.every((ms, i) => i === 0 || ms > (curve.x[i - 1] as number)),
        "ascending",
      );
      assert.ok(Math.abs((curve.lines[0]?.y.at(-1) as number) - (100 * us.length) / (us.length + lost)) < 1e-3);
      for (const { share, ms } of curve.marks) {
        assert.ok((curve.lines[0]?.y[curve.x.indexOf(ms)] as number) >= 100 * share - 1e-3, `mark ${share}`);
      }
    }),
  );
});

test("no coverage is made up where nobody knows who was expected, or nobody was", () => {
  assert.equal(coverageCurve([line([1, 2, 3], null)]), null);
  assert.equal(coverageCurve([line([], 10)]), null);
  assert.equal(coverageCurve([]), null);
  const shares = coverageCurve([line([1000, 2000], 100)])?.marks.map(({ share }) => share);
  assert.deepEqual(shares, [], "what was never reached has no mark");
});

test("receipts earlier than their sending count as there from the start", () => {
  const curve = coverageCurve([line([1000, 2000, 3000], 4, 1)]);
  assert.equal(curve?.lines[0]?.y[0], 25);
  assert.equal(curve?.lines[0]?.y.at(-1), 100);
});

test("a latency curve says at every percentile what the histogram says, and ends where its samples end", () => {
  fc.assert(
    fc.property(times, times, (us, others) => {
      const curve = latencyCurve([line(us), line(others)]);
      assert.ok(curve !== null);
      [us, others].forEach((own, n) => {
        const { us: recorded, upTo } = line(own).times;
        curve.x.forEach((place, i) => {
          const value = curve.lines[n]?.y[i];
          if (place > own.length) {
            assert.equal(value, null, `1/(1-p) = ${place} of ${own.length} is not known`);
            return;
          }
          const rank = Math.max(1, Math.ceil(Number((own.length - own.length / place).toFixed(6))));
          assert.equal(value, (recorded[upTo.findIndex((count) => count >= rank)] as number) / 1000);
        });
      });
    }),
  );
  assert.equal(latencyCurve([line([])]), null);
});

test("a million samples make few points", () => {
  const many = { ...line([5]), samples: 1_000_000, times: { us: [5, 9], upTo: [999_000, 1_000_000] } };
  const curve = latencyCurve([many]);
  assert.ok(curve !== null && curve.x.length < 400);
  assert.equal(curve.x.at(-1), 1_000_000);
  assert.equal(curve.lines[0]?.y[curve.x.indexOf(1000)], 0.005, "p99.9 is rank 999,000");
  assert.equal(curve.lines[0]?.y.at(-1), 0.009);
});
