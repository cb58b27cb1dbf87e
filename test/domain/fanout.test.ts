import assert from "node:assert/strict";
import { test } from "node:test";
import { ArrivalSlot } from "../../src/domain/arrivals.js";
import { digestArrivals, unknownDigest } from "../../src/domain/fanout.js";
import { micros } from "../../src/domain/time.js";
import { ended, presenceOf, question, slotOf } from "../support/digest-samples.js";

test("a broadcast that everybody got", () => {
  const digest = digestArrivals(
    slotOf(3, [
      [0, 1500],
      [1, 1200],
      [2, 4000],
    ]),
    presenceOf(3),
    question({ firstDevice: 100 }),
  );
  const { latency, negative, ...counts } = digest;
  assert.deepEqual(counts, {
    messageId: "1",
    expected: 3,
    delivered: 3,
    missing: [],
    missingSeen: [],
    excused: [],
    unknown: 0,
    ambiguous: 0,
    duplicates: 0,
    duplicated: [],
    latecomers: [],
    strays: 0,
    strayed: [],
    corrupt: [],
    firstAt: 1200,
    lastAt: 4000,
    arrivals: { firstBin: 0, counts: [3] },
    incomplete: false,
  });
  assert.deepEqual([latency.count, latency.minUs, latency.maxUs, latency.sumUs], [3, 200, 3000, 3700]);
  assert.equal(negative.count, 0);
});

test("one loss and one duplicate never cancel", () => {
  const slot = slotOf(2, [
    [0, 1500],
    [0, 1600],
  ]);
  const digest = digestArrivals(slot, presenceOf(2), question({ firstDevice: 10 }));
  assert.equal(digest.delivered, 1);
  assert.deepEqual(digest.missing, [11]);
  assert.equal(digest.duplicates, 1);
  assert.deepEqual(digest.duplicated, [10]);
});

test("a device whose connection ended is excused, with when, who and why; one that ended after settling is missing", () => {
  const presence = presenceOf(4, [ended(0, 1001, "kicked"), ended(1, 100_000), ended(2, 100_001)]);
  const digest = digestArrivals(new ArrivalSlot(4), presence, question({ firstDevice: 5 }));
  assert.deepEqual(digest.excused, [
    { device: 5, at: 1001, reason: "kicked", closedBy: "platform" },
    { device: 6, at: 100_000, reason: "closed", closedBy: "platform" },
  ]);
  assert.deepEqual(digest.missing, [7, 8]);
});

test("a receipt always wins over the end of a connection", () => {
  const digest = digestArrivals(slotOf(1, [[0, 1500]]), presenceOf(1, [ended(0, 1600)]), question());
  assert.deepEqual([digest.delivered, digest.excused.length], [1, 0]);
});

test("a device that was offline at sending is not expected; if it got it all the same it is a latecomer", () => {
  const presence = presenceOf(3, [{ device: 1, at: micros(2000), state: "online" }], [0, 1]);
  const digest = digestArrivals(
    slotOf(3, [
      [1, 3000],
      [1, 3001],
      [2, 1500],
    ]),
    presence,
    question({ firstDevice: 20 }),
  );
  assert.deepEqual([digest.expected, digest.delivered], [1, 1]);
  assert.deepEqual(digest.latecomers, [21]);
  assert.deepEqual([digest.duplicates, digest.duplicated], [1, [21]]);
  assert.equal(digest.latency.count, 1, "a latecomer's time is not among the delivered");
  assert.equal(digest.lastAt, 1500);
});

test("a receipt by a device of another product is a stray, each of them, and no duplicate", () => {
  const slot = slotOf(4, [
    [0, 1500],
    [1, 1500],
    [1, 1600],
    [1, 1700],
    [2, 1500],
    [2, 1501],
  ]);
  const digest = digestArrivals(
    slot,
    presenceOf(4),
    question({ isTarget: (device) => device % 2 === 0, firstDevice: 4 }),
  );
  assert.deepEqual([digest.expected, digest.delivered], [2, 2]);
  assert.equal(digest.strays, 3);
  assert.deepEqual(digest.strayed, [5]);
  assert.equal(digest.duplicates, 1);
  assert.deepEqual(digest.duplicated, [6]);
});

test("a misdirected receipt is a stray of the device that got it, which stays missing", () => {
  const slot = slotOf(2, [[0, 1500]]);
  slot.recordMisdirected(1, micros(1600));
  slot.recordMisdirected(1, micros(1700));
  const digest = digestArrivals(slot, presenceOf(2), question());
  assert.equal(digest.strays, 2);
  assert.deepEqual(digest.strayed, [1]);
  assert.deepEqual(digest.missing, [1]);
});

test("a device that strays in both ways is named once", () => {
  const slot = slotOf(1, [[0, 1500]]);
  slot.recordMisdirected(0, micros(1600));
  const digest = digestArrivals(slot, presenceOf(1), question({ isTarget: () => false }));
  assert.equal(digest.strays, 2);
  assert.deepEqual(digest.strayed, [0]);
});

test("a receipt that fits two broadcasts is unknown; without a receipt the device is missing all the same", () => {
  const digest = digestArrivals(
    slotOf(3, [[0, 1500]]),
    presenceOf(3),
    question({ isAmbiguous: (device) => device < 2 }),
  );
  assert.deepEqual([digest.expected, digest.unknown, digest.ambiguous, digest.delivered], [3, 1, 1, 0]);
  assert.deepEqual(digest.missing, [1, 2]);
  assert.equal(digest.latency.count, 0);
  assert.deepEqual([digest.firstAt, digest.lastAt], [null, null]);
});

test("devices with other bytes are corrupt and delivered", () => {
  const slot = slotOf(2, [
    [0, 1500],
    [1, 1500],
  ]);
  slot.recordCorrupt(1);
  const digest = digestArrivals(slot, presenceOf(2), question({ firstDevice: 3 }));
  assert.deepEqual([digest.corrupt, digest.delivered], [[4], 2]);
});

test("a receipt before its due time goes into the second histogram, by its absolute value", () => {
  const slot = slotOf(3, [
    [0, 400],
    [1, 1000],
    [2, 1001],
  ]);
  const digest = digestArrivals(slot, presenceOf(3), question());
  assert.equal(digest.delivered, 3);
  assert.deepEqual([digest.latency.count, digest.latency.minUs, digest.latency.maxUs], [2, 0, 1]);
  assert.deepEqual([digest.negative.count, digest.negative.maxUs], [1, 600]);
});

test("the digest of a dead process: all it held is unknown", () => {
  const digest = unknownDigest("9", 7);
  assert.deepEqual([digest.messageId, digest.expected, digest.unknown, digest.ambiguous], ["9", 7, 7, 0]);
  assert.deepEqual([digest.delivered, digest.missing.length, digest.excused.length, digest.strays], [0, 0, 0, 0]);
});
