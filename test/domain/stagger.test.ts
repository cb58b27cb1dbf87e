import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ownRows, ownSlots, ownTurns, type Stagger, slotOf } from "../../src/domain/stagger.js";

const fleets = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 200 }))
  .map(([shards, devices]): Stagger[] => {
    const fleet = Math.max(shards, devices);
    return Array.from({ length: shards }, (_, shard) => ({ shard, shards, fleet }));
  });
const sum = (parts: readonly number[]): number => parts.reduce((all, part) => all + part, 0);

test("the processes' rows are the fleet's, one after the other, sizes one apart at most", () => {
  fc.assert(
    fc.property(fleets, (shards) => {
      const rows = shards.map(ownRows);
      assert.deepEqual(
        rows.map(({ first }) => first),
        [0, ...rows.slice(0, -1).map(({ end }) => end)],
      );
      assert.equal(rows.at(-1)?.end, shards[0]?.fleet);
      const sizes = rows.map(({ first, end }) => end - first);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});

test("every slot of the fleet is one device's, whatever the number of processes", () => {
  fc.assert(
    fc.property(fleets, (shards) => {
      const slots = shards.flatMap((one) => {
        const { first, end } = ownRows(one);
        return Array.from({ length: end - first }, (_, device) => slotOf(one, device));
      });
      assert.deepEqual(
        slots.sort((a, b) => a - b),
        slots.map((_, i) => i),
      );
    }),
  );
});

test("of any first slots each process has its own, and they add up", () => {
  fc.assert(
    fc.property(fleets, fc.nat(500), (shards, slots) => {
      assert.equal(sum(shards.map((one) => ownSlots(one, slots))), slots);
      for (const one of shards) {
        const own = ownSlots(one, slots);
        assert.ok(slotOf(one, own) >= slots && (own === 0 || slotOf(one, own - 1) < slots));
      }
    }),
  );
});

test("over many rounds no turn is lost and none is had twice", () => {
  fc.assert(
    fc.property(fleets, fc.nat(2000), (shards, slots) => {
      assert.equal(sum(shards.map((one) => ownTurns(one, slots))), slots);
    }),
  );
});

test("all slots there are, where there is no end of them", () => {
  assert.equal(ownSlots({ shard: 1, shards: 3, fleet: 9 }, Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
  assert.deepEqual(
    [0, 1, 2, 4, 5].map((slots) => ownSlots({ shard: 1, shards: 3, fleet: 9 }, slots)),
    [0, 0, 1, 1, 2],
  );
});
