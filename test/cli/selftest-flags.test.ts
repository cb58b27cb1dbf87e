import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SELFTEST_KINDS } from "../../src/app/selftest-rounds.js";
import { parseSelftestOptions, SELFTEST_FLAGS } from "../../src/cli/commands/selftest.js";
import { failsWith } from "../support/cli-fails-with.js";
import { typed } from "../support/cli-flags.js";

const parse = (given: Record<string, string>) => parseSelftestOptions(typed(SELFTEST_FLAGS, given));

describe("iotb selftest's flags", () => {
  it("has every kind, 500 devices and two processes of them", () => {
    const { count, seed, kinds, processes, broadcasts, drain } = parse({});
    assert.deepEqual([count, seed, processes, broadcasts, drain], [500, null, 2, 2, 1_500_000]);
    assert.deepEqual(kinds, SELFTEST_KINDS);
  });

  it("narrows to kinds, each once", () => {
    assert.deepEqual(parse({ faults: "drop, none,drop" }).kinds, ["drop", "none"]);
  });

  for (const [given, message] of [
    [{ faults: "dorp" }, /"dorp" is no kind of fault/],
    [{ faults: "" }, /"" is no kind of fault/],
    [{ faults: "drop=3" }, /"drop=3" is no kind of fault/],
    [{ count: "19" }, /from 20 to/],
    [{ drain: "200ms" }, /less than a second/],
    [{ seed: "4294967296" }, /from 0 to 4294967295/],
    [{ count: "20", workers: "21" }, /more processes than devices/],
  ] as const) {
    it(`refuses ${JSON.stringify(given)}`, () => assert.throws(() => parse(given), failsWith("usage", message)));
  }
});
