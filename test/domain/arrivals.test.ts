import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ArrivalSlot } from "../../src/domain/arrivals.js";
import { micros } from "../../src/domain/time.js";

/** Everything a slot tells. */
const told = (slot: ArrivalSlot, devices: number) => ({
  at: [...slot.at.subarray(0, devices)],
  received: slot.received,
  duplicates: slot.duplicates,
  misdirected: slot.misdirected,
  lastAt: slot.lastAt,
  extra: Array.from({ length: devices }, (_, device) => slot.extraOf(device)),
  corrupt: Array.from({ length: devices }, (_, device) => slot.isCorrupt(device)),
  wrong: Array.from({ length: devices }, (_, device) => slot.gotMisdirected(device)),
});

test("a device's first receipt is its arrival, what follows are its duplicates", () => {
  const slot = new ArrivalSlot(3);
  slot.record(1, micros(10));
  slot.record(1, micros(20));
  slot.record(2, micros(30));
  slot.record(1, micros(40));
  assert.deepEqual(told(slot, 3), {
    at: [0, 10, 30],
    received: 2,
    duplicates: 2,
    misdirected: 0,
    lastAt: 40,
    extra: [0, 2, 0],
    corrupt: [false, false, false],
    wrong: [false, false, false],
  });
});

test("a misdirected receipt is no arrival, but it is the last that came", () => {
  const slot = new ArrivalSlot(2);
  slot.recordMisdirected(0, micros(7));
  assert.deepEqual([slot.received, slot.misdirected, slot.lastAt, slot.at[0]], [0, 1, 7, 0]);
  assert.deepEqual([slot.gotMisdirected(0), slot.gotMisdirected(1)], [true, false]);
});

test("corruption is kept per device and survives a clean duplicate", () => {
  const slot = new ArrivalSlot(2);
  slot.record(1, micros(1));
  slot.recordCorrupt(1);
  slot.record(1, micros(2));
  assert.deepEqual([slot.isCorrupt(0), slot.isCorrupt(1)], [false, true]);
});

test("extra receipts are counted up to 65,535 a device and all of them in the sum", () => {
  const slot = new ArrivalSlot(1);
  for (let i = 0; i < 70_000; i++) slot.record(0, micros(i + 1));
  assert.equal(slot.extraOf(0), 65_535);
  assert.equal(slot.duplicates, 69_999);
});

test("the mark is called once, at the device that makes up the count", () => {
  const slot = new ArrivalSlot(5);
  const marks: number[] = [];
  slot.markCount = 3;
  slot.onMark = () => marks.push(slot.received);
  for (const device of [0, 0, 1, 1, 2, 3, 4, 2]) slot.record(device, micros(1));
  assert.deepEqual(marks, [3]);
});

type Happening = { device: number; at: number; kind: "receipt" | "corrupt" | "misdirected" };
const happening = fc.record<Happening>({
  device: fc.nat(9),
  at: fc.integer({ min: 1, max: 1_000_000 }),
  kind: fc.constantFrom("receipt", "corrupt", "misdirected"),
});
const happen = (slot: ArrivalSlot, { device, at, kind }: Happening) => {
  if (kind === "misdirected") return slot.recordMisdirected(device, micros(at));
  slot.record(device, micros(at));
  if (kind === "corrupt") slot.recordCorrupt(device);
};

test("a slot that grows as devices become known tells the same as one that was big enough", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      const big = new ArrivalSlot(10);
      const grown = new ArrivalSlot(0);
      for (const one of happenings) {
        happen(big, one);
        grown.grow(one.device + 1);
        happen(grown, one);
      }
      grown.grow(10);
      assert.deepEqual(told(grown, 10), told(big, 10));
    }),
  );
});

test("the order in which receipts are recorded does not matter: the earliest is the arrival, the latest the last", () => {
  const shuffled = fc
    .array(happening, { maxLength: 40 })
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
  fc.assert(
    fc.property(shuffled, ([inOrder, mixed]) => {
      const [one, other] = [new ArrivalSlot(10), new ArrivalSlot(10)];
      for (const happened of inOrder) happen(one, happened);
      for (const happened of mixed) happen(other, happened);
      assert.deepEqual(told(one, 10), told(other, 10));
    }),
  );
});
