import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countDevices, planBatches } from "../../src/domain/register-batch.js";

test("a number of devices is cut into batches that tile it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (total) => {
      const batches = planBatches(total);
      assert.equal(countDevices(batches), total);
      assert.ok(batches.every(({ count, names }) => count >= 1 && count <= 10_000 && names === null));
    }),
  );
});

test("names are cut into batches in their order", () => {
  const names = Array.from({ length: 2_001 }, (_, i) => `name${i}`);
  const batches = planBatches(names);
  assert.deepEqual(
    batches.map(({ count, applyId, state }) => [count, applyId, state]),
    [1_000, 1_000, 1].map((count) => [count, null, "planned"]),
  );
  assert.deepEqual(
    batches.flatMap((batch) => batch.names ?? []),
    names,
  );
});
