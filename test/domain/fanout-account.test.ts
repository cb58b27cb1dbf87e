import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ArrivalSlot } from "../../src/domain/arrivals.js";
import type { PresenceChange } from "../../src/domain/broadcast.js";
import { digestArrivals, type FanoutDigest, mergeDigests } from "../../src/domain/fanout.js";
import { PresenceLog } from "../../src/domain/presence.js";
import { histogramOf } from "../../src/domain/summary.js";
import { micros } from "../../src/domain/time.js";
import { ended } from "../support/digest-samples.js";

/** What happens to one device: whose it is, its connection, and what it gets. */
type Fate = {
  target: boolean;
  onlineAt: number | null;
  endsAt: number | null;
  receipts: number[];
  misdirected: number;
  corrupt: boolean;
  ambiguous: boolean;
};
const fate = fc.record<Fate>({
  target: fc.boolean(),
  onlineAt: fc.option(fc.integer({ min: 1, max: 2000 })),
  endsAt: fc.option(fc.integer({ min: 1, max: 5000 })),
  receipts: fc.array(fc.integer({ min: 900, max: 3000 }), { maxLength: 3 }),
  misdirected: fc.nat(2),
  corrupt: fc.boolean(),
  ambiguous: fc.boolean(),
});

const [DUE, SENT, SETTLED] = [1000, 1100, 4000];

/** The digest of consecutive devices, the first of which has the number `first`. */
const digestOf = (fates: readonly Fate[], first: number): FanoutDigest => {
  const slot = new ArrivalSlot(fates.length);
  const log = new PresenceLog(fates.length);
  log.keepFrom(micros(0));
  const changes: PresenceChange[] = [];
  fates.forEach(({ onlineAt, endsAt, receipts, misdirected, corrupt }, device) => {
    if (onlineAt !== null) changes.push({ device, at: micros(onlineAt), state: "online" });
    if (onlineAt !== null && endsAt !== null && endsAt > onlineAt) changes.push(ended(device, endsAt));
    for (const at of receipts) slot.record(device, micros(at));
    if (corrupt && receipts.length > 0) slot.recordCorrupt(device);
    for (let i = 0; i < misdirected; i++) slot.recordMisdirected(device, micros(2000));
  });
  for (const change of changes.sort((a, b) => a.at - b.at)) log.record(change);
  return digestArrivals(slot, log.at(micros(SENT)), {
    messageId: "1",
    dueAt: micros(DUE),
    settledAt: micros(SETTLED),
    isTarget: (device) => fates[device]?.target === true,
    isAmbiguous: (device) => fates[device]?.ambiguous === true,
    firstDevice: first,
    incomplete: false,
    lastSeen: () => ({ onlineSince: null, lastReceiptAt: null }),
  });
};

const wasUp = ({ onlineAt, endsAt }: Fate) =>
  onlineAt !== null && onlineAt <= SENT && !(endsAt !== null && endsAt > onlineAt && endsAt <= SENT);

test("the account closes for whatever happens, and each count is what the definition says", () => {
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 30 }), (fates) => {
      const digest = digestOf(fates, 0);
      assert.equal(
        digest.delivered + digest.missing.length + digest.excused.length + digest.unknown,
        digest.expected,
        "expected = delivered + missing + excused + unknown",
      );
      const numbers = (of: (one: Fate) => boolean) => fates.flatMap((one, device) => (of(one) ? [device] : []));
      const expected = (one: Fate) => one.target && wasUp(one);
      const got = (one: Fate) => one.receipts.length > 0;
      const ends = (one: Fate) => one.endsAt !== null && one.endsAt > (one.onlineAt ?? 0) && one.endsAt <= SETTLED;
      const extras = (one: Fate) => Math.max(0, one.receipts.length - 1);
      const sum = (of: (one: Fate) => number) => fates.reduce((total, one) => total + of(one), 0);
      assert.equal(digest.expected, numbers(expected).length);
      assert.equal(digest.delivered, numbers((one) => expected(one) && got(one) && !one.ambiguous).length);
      assert.equal(digest.unknown, numbers((one) => expected(one) && got(one) && one.ambiguous).length);
      assert.deepEqual(
        digest.missing,
        numbers((one) => expected(one) && !got(one) && !ends(one)),
      );
      assert.deepEqual(
        digest.excused.map(({ device }) => device),
        numbers((one) => expected(one) && !got(one) && ends(one)),
      );
      assert.deepEqual(
        digest.latecomers,
        numbers((one) => one.target && !wasUp(one) && got(one)),
      );
      assert.equal(
        digest.duplicates,
        sum((one) => (one.target ? extras(one) : 0)),
      );
      assert.deepEqual(
        digest.duplicated,
        numbers((one) => one.target && extras(one) > 0),
      );
      assert.equal(
        digest.strays,
        sum((one) => one.misdirected + (one.target ? 0 : one.receipts.length)),
      );
      assert.deepEqual(
        digest.strayed,
        numbers((one) => one.misdirected > 0 || (!one.target && got(one))),
      );
      assert.deepEqual(
        digest.corrupt,
        numbers((one) => one.corrupt && got(one)),
      );
      const times = fates
        .filter((one) => expected(one) && got(one) && !one.ambiguous)
        .map((one) => Math.min(...one.receipts));
      assert.equal(digest.latency.count + digest.negative.count, times.length);
      assert.equal(digest.negative.count, times.filter((at) => at < DUE).length);
      assert.equal(digest.firstAt, times.length === 0 ? null : Math.min(...times));
      assert.equal(digest.lastAt, times.length === 0 ? null : Math.max(...times));
    }),
  );
});

test("the merged digests of any split, in any order, are the digest of the whole", () => {
  const split = fc.array(fc.array(fate, { maxLength: 8 }), { maxLength: 6 }).chain((shards) =>
    fc.tuple(
      fc.constant(shards),
      fc.shuffledSubarray(
        shards.map((_, i) => i),
        { minLength: shards.length },
      ),
    ),
  );
  fc.assert(
    fc.property(split, ([shards, order]) => {
      let first = 0;
      const digests = shards.map((fates) => {
        const digest = digestOf(fates, first);
        first += fates.length;
        return digest;
      });
      const merged = mergeDigests(
        "1",
        order.map((i) => digests[i] as FanoutDigest),
      );
      const whole = digestOf(shards.flat(), 0);
      const plain = ({ latency, negative, ...rest }: FanoutDigest) => ({
        ...rest,
        missing: rest.missing.toSorted((a, b) => a - b),
        excused: rest.excused.toSorted((a, b) => a.device - b.device),
        duplicated: rest.duplicated.toSorted((a, b) => a - b),
        latecomers: rest.latecomers.toSorted((a, b) => a - b),
        strayed: rest.strayed.toSorted((a, b) => a - b),
        corrupt: rest.corrupt.toSorted((a, b) => a - b),
      });
      assert.deepEqual(plain(merged), plain(whole));
      for (const of of ["latency", "negative"] as const) {
        const { encoded: _one, ...exact } = merged[of];
        const { encoded: _other, ...wanted } = whole[of];
        assert.deepEqual(exact, wanted);
        const [a, b] = [histogramOf(merged[of]), histogramOf(whole[of])];
        for (let rank = 1; rank <= a.count; rank++) assert.equal(a.atRank(rank), b.atRank(rank));
      }
    }),
  );
});

test("one part that may have lost receipts makes the whole incomplete", () => {
  const whole = digestOf([], 0);
  assert.equal(mergeDigests("1", [whole, whole]).incomplete, false);
  assert.equal(mergeDigests("1", [whole, { ...whole, incomplete: true }]).incomplete, true);
  assert.equal(mergeDigests("1", []).expected, 0);
});
