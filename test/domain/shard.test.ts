import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  connectionsPerProcess,
  coresOfOneSide,
  filesFor,
  fleetProcesses,
  platformWorkers,
} from "../../src/domain/shard.js";

describe("fleetProcesses", () => {
  const table: readonly (readonly [devices: number, limit: number | null, cores: number, processes: number])[] = [
    [1, 20_000, 8, 1],
    [9_999, 20_000, 8, 1],
    [10_000, 20_000, 1, 1],
    [10_000, 20_000, 2, 2],
    [15_000, 20_000, 8, 8],
    [15_001, 20_000, 1, 2],
    [15_001, 20_000, 8, 8],
    [100_000, 20_000, 1, 7],
    [1_000_000, 20_000, 4, 67],
    [1_000, 1_024, 1, 2],
    [1_000, null, 1, 2],
    [500, 300, 1, 5],
    [3, 10, 1, 3],
  ];
  for (const [devices, limit, cores, processes] of table) {
    it(`gives ${devices} devices with ${limit} files and ${cores} cores ${processes} processes`, () => {
      assert.equal(fleetProcesses(devices, limit, cores), processes);
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

it("a platform of many devices has a process for each of its cores", () => {
  const cases = [
    [9_999, 4, 1],
    [10_000, 4, 4],
    [15_001, 1, 2],
    [30_000, 8, 8],
    [1_000_000, 8, 52],
  ] as const;
  for (const [devices, cores, workers] of cases) assert.equal(platformWorkers(devices, 20_000, cores), workers);
});

it("a platform is one process as long as that can hold its devices, then as few as can", () => {
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
