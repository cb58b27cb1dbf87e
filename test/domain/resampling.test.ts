import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cumulativeGrid, gridAtRank } from "../../src/domain/cumulative-grid.js";
import { bucketsOf } from "../../src/domain/histogram.js";
import { expandedTail, intervalOf, resample, resamplesFor, studentT } from "../../src/domain/resampling.js";
import { histogramOf } from "../../src/domain/summary.js";
import { snapshotOf } from "../support/compared-runs.js";

const times = fc.array(fc.oneof(fc.nat(3000), fc.nat(50_000_000)), { maxLength: 60 });

test("a grid gives every rank of any mixture as merged histograms give it", () => {
  const drawn = fc.array(fc.tuple(times, fc.nat(3)), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(drawn, (broadcasts) => {
      const snapshots = broadcasts.map(([values]) => snapshotOf(values));
      const grid = cumulativeGrid(snapshots.map(bucketsOf));
      const weights = Uint32Array.from(broadcasts, ([, weight]) => weight);
      const merged = histogramOf(
        ...broadcasts.flatMap(([, weight], i) => Array.from({ length: weight }, () => snapshots[i] ?? snapshotOf([]))),
      );
      const clamp = (us: number) => Math.min(Math.max(us, merged.minUs ?? 0), merged.maxUs ?? 0);
      for (let rank = 1; rank <= merged.count; rank++)
        assert.equal(clamp(gridAtRank(grid, weights, rank) ?? Number.NaN), merged.atRank(rank));
      assert.equal(gridAtRank(grid, weights, merged.count + 1), null);
      assert.equal(gridAtRank(grid, weights, 0), null);
    }),
  );
});

test("a grid with too many cells is made coarser, upwards and never beyond its neighbours", () => {
  const values = Array.from({ length: 1000 }, (_, i) => i + 1);
  const snapshots = [snapshotOf(values), snapshotOf(values)];
  const grid = cumulativeGrid(snapshots.map(bucketsOf), 500);
  assert.ok(grid.cumulative.length <= 500, `${grid.cumulative.length} cells`);
  for (let rank = 1; rank <= 2000; rank++) {
    const exact = Math.ceil(rank / 2);
    const found = gridAtRank(grid, Uint32Array.of(1, 1), rank) ?? Number.NaN;
    assert.ok(found >= exact && found < exact + 4, `rank ${rank}: ${found} for ${exact}`);
  }
});

test("buckets hold every sample, in order", () => {
  fc.assert(
    fc.property(times, (values) => {
      const buckets = bucketsOf(snapshotOf(values));
      assert.equal(
        buckets.counts.reduce((a, b) => a + b, 0),
        values.length,
      );
      assert.deepEqual(
        buckets.values,
        buckets.values.toSorted((a, b) => a - b),
      );
    }),
  );
});

test("Student's t and the expanded tails are those of the tables", () => {
  for (const [df, t] of [
    [4, 2.776],
    [5, 2.571],
    [9, 2.262],
    [19, 2.093],
    [99, 1.984],
  ] as const) {
    assert.ok(Math.abs(studentT(df) - t) < 0.001, `${df}: ${studentT(df)}`);
  }
  // R: pnorm(sqrt(n/(n-1)) * qt(0.025, n-1))
  for (const [n, tail] of [
    [5, 0.000956],
    [10, 0.00855],
    [20, 0.01588],
    [100, 0.0231],
  ] as const) {
    assert.ok(Math.abs(expandedTail(n) - tail) < tail / 50, `${n}: ${expandedTail(n)}`);
  }
});

test("the same seed draws the same, another seed something else", () => {
  const side = (values: readonly number[]) => ({
    broadcasts: values.length,
    metricsOf: (weights: Uint32Array) => [values.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0)],
  });
  const draw = (seed: number) => resample(side([1, 20, 300, 4000, 5]), side([7, 80, 900, 1, 2]), seed, 200);
  assert.deepEqual(draw(3), draw(3));
  assert.notDeepEqual(draw(3).differences, draw(4).differences);
});

test("every broadcast is drawn, as many as there are, and differences are NEW less BASE", () => {
  const seen = new Set<number>();
  const side = (value: number) => ({
    broadcasts: 6,
    metricsOf: (weights: Uint32Array) => {
      for (const [i, weight] of weights.entries()) if (weight > 0) seen.add(i);
      return [value * weights.reduce((a, b) => a + b, 0)];
    },
  });
  const { differences, relative, tail } = resample(side(10), side(15), 1, 100);
  assert.equal(seen.size, 6);
  assert.deepEqual(intervalOf(differences[0] as Float64Array, tail), { low: 30, high: 30 });
  assert.deepEqual(intervalOf(relative[0] as Float64Array, tail), { low: 0.5, high: 0.5 });
});

test("an interval leaves the tail out at both ends", () => {
  const sorted = Float64Array.from({ length: 1000 }, (_, i) => i);
  assert.deepEqual(intervalOf(sorted, 0.025), { low: 25, high: 974 });
  assert.deepEqual(intervalOf(sorted, 0), { low: 0, high: 999 });
});

test("very many broadcasts are resampled less often, but never under 1,000 times", () => {
  assert.deepEqual([10, 4000, 10_000, 1_000_000].map(resamplesFor), [10_000, 10_000, 4000, 1000]);
});
