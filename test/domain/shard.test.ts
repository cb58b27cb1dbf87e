import assert from "node:assert/strict";
import { test } from "node:test";
import { platformWorkers } from "../../src/domain/shard.js";

test("a platform is one process as long as that can hold its devices, then as few as can", () => {
  const cases: [devices: number, limit: number | null, workers: number][] = [
    [0, 20_000, 1],
    [15_000, 20_000, 1],
    [15_001, 20_000, 2],
    [19_000, 20_000, 2],
    [40_000, 20_000, 3],
    [1_000_000, 20_000, 52],
    [800, 1_000, 1],
    [801, 1_000, 2],
    [824, null, 1],
    [825, null, 2],
    [3, 100, 3],
  ];
  for (const [devices, limit, workers] of cases) assert.equal(platformWorkers(devices, limit), workers);
});
