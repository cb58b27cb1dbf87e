import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { connectOrder } from "../../src/domain/connect-order.js";
import { ownRows } from "../../src/domain/stagger.js";

/** The devices of a fleet by their numbers within it, for each process in the order of its turns. */
const fleetOf = (shards: number, fleet: number, endpoints: number): (number[] | null)[] =>
  Array.from({ length: shards }, (_, shard) => {
    const stagger = { shard, shards, fleet };
    const { first, end } = ownRows(stagger);
    const order = connectOrder(stagger, first, end - first, endpoints);
    return order && Array.from(order, (device) => first + device);
  });

test("endpoint by endpoint, each process beginning with another one", () => {
  assert.deepEqual(fleetOf(2, 11, 2), [
    [0, 2, 4, 1, 3, 5],
    [7, 9, 6, 8, 10],
  ]);
});

test("every device has one turn, and the endpoints as many at any time as the processes allow", () => {
  const fleets = fc.record({
    endpoints: fc.integer({ min: 2, max: 7 }),
    each: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(fleets, ({ endpoints, each, size }) => {
      const shards = endpoints * each;
      const orders = fleetOf(shards, shards * size, endpoints);
      orders.forEach((order, shard) => {
        assert.deepEqual(
          order?.toSorted((a, b) => a - b),
          Array.from({ length: size }, (_, i) => shard * size + i),
        );
      });
      if (size % endpoints !== 0) return;
      const fair = Array.from({ length: shards }, (_, i) => Math.floor(i / each));
      for (let turn = 0; turn < size; turn++) {
        const taken = orders.map((order) => (order?.[turn] ?? 0) % endpoints);
        assert.deepEqual(
          taken.toSorted((a, b) => a - b),
          fair,
        );
      }
    }),
  );
});

test("by number where there is one endpoint, and where processes and endpoints do not match", () => {
  assert.deepEqual(fleetOf(2, 10, 1), [null, null]);
  assert.deepEqual(fleetOf(1, 10, 2), [null]);
  assert.deepEqual(fleetOf(3, 10, 2), [null, null, null]);
});
