import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ExitCode, exitCodeOf, strongestExitCode } from "../../src/cli/exit-codes.js";

describe("strongestExitCode", () => {
  const cases: [ExitCode[], ExitCode][] = [
    [[], 0],
    [[0, 99], 99],
    [[99, 6], 6],
    [[6, 7, 99], 7],
    [[7, 5, 3], 3],
    [[1, 8], 8],
    [[8, 130, 1], 130],
  ];
  for (const [codes, wanted] of cases)
    it(`of ${codes} is ${wanted}`, () => assert.equal(strongestExitCode(codes), wanted));
});

it("failures have the codes of the table", () => {
  assert.deepEqual(
    (
      [
        "usage",
        "bad-input-file",
        "guard",
        "credentials",
        "api-throttled",
        "fleet-incomplete",
        "shard-died",
        "api-unknown-fate",
        "interrupted",
        "internal",
      ] as const
    ).map(exitCodeOf),
    [2, 2, 2, 3, 4, 5, 7, 8, 130, 1],
  );
});
