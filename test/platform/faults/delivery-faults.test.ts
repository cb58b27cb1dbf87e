import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { choose, seededRandom } from "../../../src/domain/seeded-random.js";
import { createDeliveryFaults } from "../../../src/platform/faults/delivery-faults.js";
import { FaultLedger } from "../../../src/platform/faults/fault-ledger.js";
import { parseFaults } from "../../../src/protocol/fault-spec.js";
import { triplets } from "../../support/platform-start.js";

const devices = triplets(40);

const ledgerOf = (text: string, seed: number, targets: readonly (typeof devices)[], broadcasts = targets.length) => {
  const ledger = new FaultLedger(seed);
  const planFor = createDeliveryFaults(parseFaults(text), seed, ledger);
  for (let i = 0; i < broadcasts; i++) planFor(targets[i] ?? devices);
  return ledger.report();
};

test("the same seed chooses the same devices, in whatever order they came online", () => {
  const shuffled = fc.shuffledSubarray([...devices], { minLength: devices.length });
  fc.assert(
    fc.property(shuffled, fc.nat(), (order, seed) => {
      const faults = "drop=3,duplicate=2,corrupt,stray=4,tail=2:100ms";
      assert.deepEqual(ledgerOf(faults, seed, [order, order]), ledgerOf(faults, seed, [devices, devices]));
    }),
  );
});

test("another seed and another broadcast choose others", () => {
  const one = ledgerOf("drop=3", 1, [devices, devices]);
  assert.notDeepEqual(one.entries[0]?.devices, one.entries[1]?.devices);
  assert.notDeepEqual(one.entries, ledgerOf("drop=3", 2, [devices, devices]).entries);
  assert.deepEqual(one.counts, { drop: 6 });
});

test("a device suffers one fault at most, and no more devices are chosen than there are", () => {
  const ledger = new FaultLedger(5);
  const plan = createDeliveryFaults(parseFaults("drop=30,duplicate=30"), 5, ledger)(devices);
  assert.equal(plan.size, 40);
  assert.deepEqual(ledger.report().counts, { drop: 30, duplicate: 10 });
});

test("delays are the duration asked for, tails spread around it", () => {
  const plan = createDeliveryFaults(parseFaults("delay=20:800ms,tail=20:100ms"), 3, new FaultLedger(3))(devices);
  const of = (kind: string) => [...plan.values()].filter((fault) => fault.kind === kind).map(({ delayMs }) => delayMs);
  assert.ok(of("delay").every((ms) => ms === 800));
  assert.equal(new Set(of("tail")).size, 20);
  assert.ok(of("tail").every((ms) => ms >= 0 && Number.isFinite(ms)));
});

test("choose takes different members, all of them where too many are asked for", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat()), fc.nat(50), fc.nat(), (from, count, seed) => {
      const chosen = choose(from, count, seededRandom(seed, "x"));
      assert.equal(chosen.length, Math.min(count, from.length));
      assert.equal(new Set(chosen).size, chosen.length);
      assert.ok(chosen.every((member) => from.includes(member)));
    }),
  );
});

test("random numbers lie evenly between 0 and 1", () => {
  const random = seededRandom(42, "even");
  const bins = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const value = random();
    assert.ok(value >= 0 && value < 1);
    const bin = Math.floor(value * 10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  assert.ok(
    bins.every((count) => count > 800 && count < 1200),
    bins.join(" "),
  );
});
