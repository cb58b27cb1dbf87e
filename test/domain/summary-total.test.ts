import assert from "node:assert/strict";
import { test } from "node:test";
import { summarizeTotal } from "../../src/domain/summary.js";
import { micros } from "../../src/domain/time.js";
import { digestOf, settled } from "../support/digest-samples.js";

test("counts are summed, histograms merged, coverage is the worst broadcast's", () => {
  const total = summarizeTotal([
    settled(digestOf([1000, 2000, 3000, 4000])),
    settled(digestOf([2000, 2000, 9000, null]), { acceptedAt: micros(5100) }),
  ]);
  const { latencyMs, coverageMs, apiMs, ...counts } = total;
  assert.deepEqual(counts, {
    broadcasts: 2,
    expected: 8,
    delivered: 7,
    missing: 1,
    excused: 0,
    unknown: 0,
    duplicates: 0,
    latecomers: 0,
    strays: 0,
    corrupt: 0,
    negativeLatencies: 0,
  });
  assert.deepEqual([latencyMs.min, latencyMs.max, latencyMs.mean, latencyMs.p50], [1, 9, 3.286, 2]);
  assert.deepEqual(coverageMs, { p50: 2, p90: null, p99: null, p999: null, p100: null });
  assert.deepEqual(apiMs, { min: 2, p50: 2, p99: null, max: 4 });
});

test("the worst broadcast may be another one at each share", () => {
  const { coverageMs } = summarizeTotal([settled(digestOf([1000, 9000])), settled(digestOf([5000, 6000]))]);
  assert.deepEqual([coverageMs.p50, coverageMs.p100], [5.003, 9]);
});

test("every count is summed under its own name", () => {
  const one = { ...digestOf([]), expected: 31, delivered: 1, missing: [1, 2], unknown: 3 };
  const more = { duplicates: 4, latecomers: [1, 2, 3, 4, 5], strays: 6, corrupt: [1, 2, 3, 4, 5, 6, 7] };
  const excused = Array.from({ length: 8 }, (_, device) => ({
    device,
    at: micros(1),
    reason: "closed",
    closedBy: "network" as const,
  }));
  const total = summarizeTotal([settled({ ...one, ...more, excused }), settled({ ...one, ...more, excused })]);
  assert.deepEqual([total.expected, total.delivered, total.missing, total.excused, total.unknown], [62, 2, 4, 16, 6]);
  assert.deepEqual([total.duplicates, total.latecomers, total.strays, total.corrupt], [8, 10, 12, 14]);
});

test("warm-ups count in the account and not in the times", () => {
  const total = summarizeTotal([
    settled(digestOf([-1, 900_000, null]), { warmup: true, acceptedAt: micros(999_999) }),
    settled(digestOf([-1, 2000, 4000])),
  ]);
  assert.deepEqual([total.broadcasts, total.expected, total.delivered, total.missing], [2, 6, 5, 1]);
  assert.deepEqual([total.latencyMs.max, total.coverageMs.p100, total.apiMs.max], [4, 4, 2]);
  assert.equal(total.negativeLatencies, 1);
});

test("only warm-ups: an account without times", () => {
  const total = summarizeTotal([settled(digestOf([1000, 2000]), { warmup: true })]);
  assert.equal(total.delivered, 2);
  assert.deepEqual([total.latencyMs.max, total.coverageMs.p50, total.apiMs.min], [null, null, null]);
});

test("nothing sent: an empty account", () => {
  const total = summarizeTotal([]);
  assert.deepEqual([total.broadcasts, total.expected, total.delivered, total.missing], [0, 0, 0, 0]);
  assert.deepEqual([total.latencyMs.max, total.coverageMs.p100, total.apiMs.max], [null, null, null]);
});

test("one broadcast of which it is not known makes the sum unknown", () => {
  const known = settled(digestOf([1000]));
  const list = settled(digestOf([1000]), { basis: "list" });
  const none = settled(digestOf([1000]), { basis: "none" });
  const counts = (...broadcasts: (typeof known)[]) => {
    const total = summarizeTotal(broadcasts);
    return [total.expected, total.missing, total.excused, total.coverageMs.p100];
  };
  assert.deepEqual(counts(known, known), [2, 0, 0, 1]);
  assert.deepEqual(counts(known, list), [2, 0, null, 1]);
  assert.deepEqual(counts(none, known), [null, null, null, null]);
  assert.equal(summarizeTotal([none, known]).delivered, 2);
});

/** So many broadcasts, the API call of the i-th of which took i ms. */
const calls = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    settled(digestOf([1000]), { sentAt: micros(0), acceptedAt: micros((count - i) * 1000) }),
  );

test("percentiles of the API calls are by nearest rank, and null where no call lies above", () => {
  assert.deepEqual(summarizeTotal(calls(1)).apiMs, { min: 1, p50: null, p99: null, max: 1 });
  assert.deepEqual(summarizeTotal(calls(2)).apiMs, { min: 1, p50: 1, p99: null, max: 2 });
  assert.deepEqual(summarizeTotal(calls(3)).apiMs, { min: 1, p50: 2, p99: null, max: 3 });
  assert.deepEqual(summarizeTotal(calls(99)).apiMs, { min: 1, p50: 50, p99: null, max: 99 });
  assert.deepEqual(summarizeTotal(calls(100)).apiMs, { min: 1, p50: 50, p99: 99, max: 100 });
  assert.deepEqual(summarizeTotal(calls(101)).apiMs, { min: 1, p50: 51, p99: 100, max: 101 });
});
