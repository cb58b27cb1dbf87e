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

test("every device has one turn, and at any time the processes are spread over the endpoints as evenly as their number allows", () => {
  const fleets = fc.record({
    endpoints: fc.integer({ min: 2, max: 7 }),
    more: fc.integer({ min: 0, max: 14 }),
    size: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(fleets, ({ endpoints, more, size }) => {
      const shards = endpoints + more;
      const orders = fleetOf(shards, shards * size, endpoints);
      orders.forEach((order, shard) => {
        assert.deepEqual(
          order?.toSorted((a, b) => a - b),
          Array.from({ length: size }, (_, i) => shard * size + i),
        );
      });
      if (size % endpoints !== 0) return;
      for (let turn = 0; turn < size; turn++) {
        const taken = orders.map((order) => (order?.[turn] ?? 0) % endpoints);
        const processes = Array.from({ length: endpoints }, (_, i) => taken.filter((one) => one === i).length);
        assert.equal(Math.min(...processes), Math.floor(shards / endpoints));
        assert.equal(Math.max(...processes), Math.ceil(shards / endpoints));
      }
    }),
  );
});

test("by number where there is one endpoint, and where there are fewer processes than endpoints", () => {
  assert.deepEqual(fleetOf(2, 10, 1), [null, null]);
  assert.deepEqual(fleetOf(1, 10, 2), [null]);
  assert.deepEqual(fleetOf(2, 10, 3), [null, null]);
});
