import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectionsPerProcess, coresOfOneSide, filesFor, processesOfOneSide } from "../../src/domain/shard.js";

describe("processesOfOneSide", () => {
  const table: readonly (readonly [devices: number, limit: number | null, cores: number, processes: number])[] = [
    [0, 20_000, 1, 1],
    [1, 20_000, 8, 1],
    [9_999, 20_000, 8, 1],
    [9_999, 20_000, 4, 1],
    [10_000, 20_000, 1, 1],
    [10_000, 20_000, 4, 4],
    [10_000, 20_000, 2, 2],
    [15_000, 20_000, 1, 1],
    [15_000, 20_000, 8, 8],
    [15_001, 20_000, 1, 2],
    [15_001, 20_000, 8, 8],
    [19_000, 20_000, 1, 2],
    [30_000, 20_000, 8, 8],
    [40_000, 20_000, 1, 3],
    [100_000, 20_000, 1, 6],
    [100_000, 20_000, 8, 8],
    [100_000, 1_048_576, 2, 6],
    [1_000_000, 20_000, 1, 52],
    [1_000_000, 20_000, 4, 52],
    [1_000_000, 20_000, 8, 52],
    [800, 1_000, 1, 1],
    [801, 1_000, 1, 2],
    [1_000, 1_024, 1, 2],
    [824, null, 1, 1],
    [825, null, 1, 2],
    [500, 300, 1, 6],
    [3, 10, 1, 3],
    [3, 100, 1, 3],
  ];
  for (const [devices, limit, cores, processes] of table) {
    it(`gives ${devices} devices with ${limit} files and ${cores} cores ${processes} processes`, () => {
      assert.equal(processesOfOneSide(devices, limit, cores), processes);
      assert.ok(Math.ceil(devices / processes) <= connectionsPerProcess(limit));
    });
  }

  it("counts files and connections the same way there and back", () => {
    assert.equal(connectionsPerProcess(filesFor(12_345)), 12_345);
  });
});

it("on one machine each side counts on half of the cores, and on two where there are two", () => {
  assert.deepEqual([1, 2, 3, 4, 8].map(coresOfOneSide), [1, 2, 2, 2, 4]);
});
