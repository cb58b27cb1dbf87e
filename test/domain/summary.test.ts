import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digestArrivals, mergeDigests } from "../../src/domain/fanout.js";
import { coverageMs, summarizeBroadcast } from "../../src/domain/summary.js";
import { micros, toUnix } from "../../src/domain/time.js";
import { digestOf, ended, presenceOf, question, settled, slotOf } from "../support/digest-samples.js";

const nameOf = (device: number) => `d${device}`;
const anchor = { bootId: "b", monotonicUs: micros(0), unixUs: micros(1_700_000_000_000_000) };
const unixOf = (at: Parameters<typeof toUnix>[1]) => toUnix(anchor, at);

/** 1,000 devices, the one with number i after i + 1 ms. */
const thousand = () => digestOf(Array.from({ length: 1000 }, (_, i) => (i + 1) * 1000));

test("one broadcast in the keys and units of the contract", () => {
  const summary = summarizeBroadcast(settled(thousand()), nameOf, unixOf);
  assert.deepEqual(summary, {
    messageId: "1",
    warmup: false,
    dueAtUs: 1_700_000_000_001_000,
    sentAtUs: 1_700_000_000_001_100,
    acceptedAtUs: 1_700_000_000_003_100,
    apiMs: 2,
    expected: 1000,
    delivered: 1000,
    missing: 0,
    excused: 0,
    unknown: 0,
    duplicates: 0,
    latecomers: 0,
    strays: 0,
    corrupt: 0,
    missingDevices: [],
    excusedDevices: [],
    strayDevices: [],
    duplicateDevices: [],
    latencyMs: {
      min: 1,
      mean: 500.5,
      p50: 500.223,
      p90: 900.095,
      p95: 950.271,
      p99: 990.207,
      p999: 999.423,
      max: 1000,
    },
    coverageMs: { p50: 500.223, p90: 900.095, p99: 990.207, p999: 999.423, p100: 1000 },
    spreadMs: 999,
    deliveriesPerSecond: 1000.1,
    negativeLatencies: 0,
  });
});

test("with nothing delivered, times are null and the counts stand", () => {
  const summary = summarizeBroadcast(settled(digestOf([null, null])), nameOf, unixOf);
  const none = { min: null, mean: null, p50: null, p90: null, p95: null, p99: null, p999: null, max: null };
  assert.deepEqual(summary.latencyMs, none);
  assert.deepEqual(summary.coverageMs, { p50: null, p90: null, p99: null, p999: null, p100: null });
  assert.deepEqual([summary.spreadMs, summary.deliveriesPerSecond, summary.missing], [null, null, 2]);
  assert.deepEqual(summary.missingDevices, ["d0", "d1"]);
});

test("a few deliveries in a long time are not 0 a second", () => {
  // two devices, the last 10 s after sending
  const summary = summarizeBroadcast(settled(digestOf([100, 10_000_100])), nameOf, unixOf);
  assert.equal(summary.deliveriesPerSecond, 0.2);
});

test("a rate takes time: receipts no later than the sending have none", () => {
  // sent 100 µs after it was due
  const rate = (late: number) => summarizeBroadcast(settled(digestOf([late])), nameOf, unixOf).deliveriesPerSecond;
  assert.deepEqual([rate(99), rate(100), rate(101)], [null, null, 1_000_000]);
});

test("coverage is of the expected, not of the delivered", () => {
  const latencies = Array.from({ length: 100 }, (_, i) => (i < 90 ? (i + 1) * 1000 : null));
  const { coverageMs: coverage, latencyMs: latency } = summarizeBroadcast(settled(digestOf(latencies)), nameOf, unixOf);
  assert.deepEqual(
    [coverage.p50, coverage.p90, coverage.p99, coverage.p999, coverage.p100],
    [50.015, 90, null, null, null],
  );
  assert.equal(latency.p90, 81.023, "latency is of the 90 delivered");
});

test("coverage is the latency at rank ⌈p·expected⌉, or null if so many never got it", () => {
  const fleet = fc.array(fc.option(fc.nat(2000)), { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(fleet, fc.integer({ min: 1, max: 100_000 }), (latencies, share) => {
      const digest = digestOf(latencies);
      const sorted = latencies.filter((late) => late !== null).sort((a, b) => a - b);
      const wanted = sorted[Math.ceil((share * latencies.length) / 100_000) - 1];
      const found = coverageMs(digest, share / 100_000);
      if (wanted === undefined) return assert.equal(found, null);
      assert.ok(found !== null && Math.abs(found * 1000 - wanted) <= wanted / 1000 + 1e-9, `${found} for ${wanted}`);
    }),
  );
});

test("the smallest share is one device", () => {
  assert.equal(coverageMs(digestOf([2000, 7000]), 1e-9), 2);
});

test("a fleet of which nobody was expected has no coverage", () => {
  assert.equal(coverageMs(digestOf([]), 0.5), null);
});

test("receipts before their due time are counted and reach their share, but are no times", () => {
  const digest = digestOf([-500, 2000, 4000, null]);
  const summary = summarizeBroadcast(settled(digest), nameOf, unixOf);
  assert.deepEqual([summary.negativeLatencies, summary.delivered], [1, 3]);
  assert.deepEqual([summary.latencyMs.min, summary.latencyMs.max], [2, 4]);
  assert.equal(coverageMs(digest, 0.5), 2);
  assert.equal(coverageMs(digest, 0.75), 4);
});

test("names are listed in the order of the devices, 20 of each kind", () => {
  const tail = digestOf(Array.from({ length: 3 }, () => null));
  const head = digestOf(Array.from({ length: 30 }, () => null));
  const late = { ...tail, missing: [40, 38, 39] };
  const summary = summarizeBroadcast(settled(mergeDigests("1", [late, head])), nameOf, unixOf);
  assert.equal(summary.missing, 33);
  assert.deepEqual(
    summary.missingDevices,
    Array.from({ length: 20 }, (_, i) => `d${i}`),
  );
});

test("who was excused, who strayed and who got it twice is told by name", () => {
  const slot = slotOf(4, [
    [1, 1500],
    [1, 1600],
    [2, 1500],
  ]);
  const digest = digestArrivals(
    slot,
    presenceOf(4, [ended(3, 2000)]),
    question({ isTarget: (device) => device !== 2 }),
  );
  const summary = summarizeBroadcast(settled(digest), nameOf, unixOf);
  assert.deepEqual(
    [summary.missingDevices, summary.excusedDevices, summary.strayDevices, summary.duplicateDevices],
    [["d0"], ["d3"], ["d2"], ["d1"]],
  );
});

test("a list cannot tell who was offline, and nothing at all cannot tell who is missing", () => {
  const digest = digestOf([2000, 4000, null]);
  const list = summarizeBroadcast(settled(digest, { basis: "list" }), nameOf, unixOf);
  assert.deepEqual([list.expected, list.missing, list.excused, list.coverageMs.p50], [3, 1, null, 4]);
  const none = summarizeBroadcast(settled(digest, { basis: "none" }), nameOf, unixOf);
  assert.deepEqual([none.expected, none.missing, none.excused, none.delivered], [null, null, null, 2]);
  assert.deepEqual(none.coverageMs, { p50: null, p90: null, p99: null, p999: null, p100: null });
  assert.deepEqual(none.missingDevices, []);
  assert.equal(none.latencyMs.max, 4, "what was received has its times all the same");
});
