import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { HdrCounts } from "../../src/domain/hdr-counts.js";
import { atQuantile, isKnown, LatencyHistogram } from "../../src/domain/histogram.js";
import { histogramOf } from "../../src/domain/summary.js";
import { micros } from "../../src/domain/time.js";

const filled = (values: readonly number[]): LatencyHistogram => {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(micros(value));
  return histogram;
};

/** Even, skewed over seven decades, and crowded times, µs. */
const times = fc.array(
  fc.oneof(
    fc.nat(3000),
    fc.double({ min: 0, max: 7, noNaN: true }).map((power) => Math.round(10 ** power)),
    fc.constantFrom(0, 1, 2047, 2048, 2049, 4_000_000_000, 86_400_000_000),
  ),
  { minLength: 1, maxLength: 300 },
);

/** Three significant digits: off by less than a thousandth. */
const assertClose = (actual: number | null, wanted: number, what: string) => {
  assert.ok(actual !== null && Math.abs(actual - wanted) <= wanted / 1000, `${what}: ${actual} for ${wanted}`);
};

test("every rank agrees with the sorted values to three significant digits", () => {
  fc.assert(
    fc.property(times, (values) => {
      const histogram = filled(values);
      const sorted = values.toSorted((a, b) => a - b);
      sorted.forEach((value, i) => {
        assertClose(histogram.atRank(i + 1), value, `rank ${i + 1} of ${values.length}`);
      });
      assert.equal(histogram.atRank(values.length), sorted.at(-1), "the last rank is the exact maximum");
    }),
  );
});

test("all recorded times say of every rank what the rank says itself", () => {
  fc.assert(
    fc.property(times, (values) => {
      const histogram = filled(values);
      const { us, upTo } = histogram.recordedTimes();
      assert.equal(upTo.at(-1), values.length);
      for (let rank = 1; rank <= values.length; rank++) {
        assert.equal(us[upTo.findIndex((count) => count >= rank)], histogram.atRank(rank), `rank ${rank}`);
      }
      assert.deepEqual(histogramOf(histogram.snapshot()).recordedTimes(), { us, upTo }, "the same after travelling");
    }),
  );
  assert.deepEqual(new LatencyHistogram().recordedTimes(), { us: [], upTo: [] });
});

test("quantiles are by nearest rank, and null where no sample lies above", () => {
  fc.assert(
    fc.property(times, fc.constantFrom(500, 900, 950, 990, 999), (values, quantile) => {
      const sorted = values.toSorted((a, b) => a - b);
      const above = sorted.length - Math.ceil((quantile * sorted.length) / 1000);
      const found = atQuantile(filled(values), quantile);
      if ((sorted.length * (1000 - quantile)) / 1000 < 1) return assert.equal(found, null);
      assert.ok(above >= 1);
      assertClose(found, sorted[sorted.length - above - 1] as number, `${quantile} of ${sorted.length}`);
    }),
  );
});

for (const [quantile, least] of [
  [500, 2],
  [900, 10],
  [950, 20],
  [990, 100],
  [999, 1000],
] as const) {
  test(`${quantile} per mille takes ${least} samples`, () => {
    assert.deepEqual([isKnown(least - 1, quantile), isKnown(least, quantile)], [false, true]);
    const values = Array.from({ length: least }, (_, i) => i + 1);
    assert.equal(atQuantile(filled(values), quantile), least - 1);
    assert.equal(atQuantile(filled(values.slice(1)), quantile), null);
  });
}

test("min, max and mean are exact where buckets would round", () => {
  fc.assert(
    fc.property(times, (values) => {
      const histogram = filled(values);
      const sum = values.reduce((a, b) => a + b, 0);
      assert.deepEqual(
        [histogram.count, histogram.minUs, histogram.maxUs, histogram.meanUs],
        [values.length, Math.min(...values), Math.max(...values), sum / values.length],
      );
    }),
  );
});

test("fractions of a µs are rounded", () => {
  const histogram = filled([1.4, 2.6]);
  assert.deepEqual([histogram.minUs, histogram.maxUs, histogram.meanUs], [1, 3, 2]);
});

test("parts that travelled and were added are the whole", () => {
  fc.assert(
    fc.property(fc.array(times, { maxLength: 5 }), (parts) => {
      const merged = histogramOf(...parts.map((part) => filled(part).snapshot()));
      const whole = filled(parts.flat());
      assert.deepEqual(
        [merged.count, merged.minUs, merged.maxUs, merged.meanUs],
        [whole.count, whole.minUs, whole.maxUs, whole.meanUs],
      );
      for (let rank = 1; rank <= whole.count; rank++) assert.equal(merged.atRank(rank), whole.atRank(rank));
    }),
  );
});

test("an empty histogram knows nothing, and adding one changes nothing", () => {
  const empty = new LatencyHistogram();
  assert.deepEqual([empty.count, empty.minUs, empty.maxUs, empty.meanUs, empty.atRank(1)], [0, null, null, null, null]);
  assert.deepEqual(empty.snapshot(), { encoded: "", count: 0, minUs: 0, maxUs: 0, sumUs: 0 });
  const histogram = filled([5]);
  histogram.add(empty.snapshot());
  assert.deepEqual([histogram.count, histogram.minUs, histogram.maxUs], [1, 5, 5]);
});

test("ranks outside the samples are null", () => {
  const histogram = filled([5, 6]);
  assert.deepEqual(
    [-1, 0, 1, 2, 3].map((rank) => histogram.atRank(rank)),
    [null, null, 5, 6, null],
  );
});

test("a rank never lies outside the exact minimum and maximum", () => {
  const histogram = filled([1_000_001, 1_000_001, 1_000_001]);
  assert.deepEqual(
    [1, 2, 3].map((rank) => histogram.atRank(rank)),
    [1_000_001, 1_000_001, 1_000_001],
  );
});

test("numbers counted beforehand leave the histogram as if each had been recorded in it", () => {
  const options = {
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    autoResize: true,
    useWebAssembly: false,
  } as const;
  const values = fc.array(
    fc.oneof(
      times.map(([first]) => first as number),
      fc.nat(0x7fff_ffff),
      fc.nat(30).map((power) => 2 ** power),
      fc.nat(30).map((power) => 2 ** (power + 1) - 1),
    ),
    { maxLength: 100 },
  );
  fc.assert(
    fc.property(values, values, (some, more) => {
      const plain = build({ lowestDiscernibleValue: 1, highestTrackableValue: 2, ...options });
      const counted = build({ lowestDiscernibleValue: 1, highestTrackableValue: 2, ...options });
      const counts = new HdrCounts();
      for (const part of [some, more]) {
        for (const value of part) {
          plain.recordValue(value);
          assert.equal(counts.record(value), value <= 0x7fff_ffff);
          if (value > 0x7fff_ffff) counted.recordValue(value);
        }
        counts.drainInto(counted);
      }
      assert.equal(encodeIntoCompressedBase64(counted), encodeIntoCompressedBase64(plain));
    }),
  );
});
