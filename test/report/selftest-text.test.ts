import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Chalk } from "chalk";
import { summarizeSelftest } from "../../src/app/summarize-selftest.js";
import { differenceLines, selftestHeading, selftestLine, selftestSummary } from "../../src/report/selftest-text.js";
import { roundOf } from "../support/selftest-accounts.js";

const paint = new Chalk({ level: 0 });

const FAILED = roundOf({
  ok: false,
  observed: { verdict: "pass", exit: 0 },
  found: 1,
  overlooked: 1,
  differences: [
    {
      broadcast: 2,
      what: "missing",
      ledger: 2,
      account: 3,
      falselyAccused: ["pk/d7", "pk/d8"],
      overlooked: ["pk/d1"],
    },
  ],
});

describe("the table of a selftest", () => {
  it("puts its columns under its heading", () => {
    const heading = selftestHeading(paint);
    const line = selftestLine(paint, roundOf({ injected: 1234, found: 1234 }));
    for (const [name, value] of [
      ["injected", "1,234"],
      ["found", "1,234"],
      ["falsely accused", "0"],
      ["overlooked", "0"],
    ] as const) {
      const end = heading.indexOf(name) + name.length;
      assert.ok(line.slice(0, end).endsWith(value), `${name}: ${line}`);
    }
    assert.match(line, /fail \(6\) +ok$/);
    assert.equal(line.indexOf("ok"), heading.indexOf("as expected"));
  });

  it("says what the run should have come to", () => {
    assert.match(selftestLine(paint, FAILED), /pass \(0\) +MISMATCH, not fail \(6\)$/);
    assert.match(selftestLine(paint, { ...FAILED, observed: FAILED.expected }), /fail \(6\) +MISMATCH$/);
  });

  it("names the devices on both sides, as many as asked for, and how to see it again", () => {
    assert.deepEqual(differenceLines(paint, FAILED, { devices: 40, most: 1 }), [
      "  broadcast 2, missing: 2 by the ledger, 3 by the account; falsely accused pk/d7 and 1 more; overlooked pk/d1",
      "  this round alone: iotb measure --local -c 40 --broadcasts 1 --fault drop=2 --fault-seed 7",
    ]);
    assert.match(differenceLines(paint, FAILED, { devices: 40, most: 9 })[0] ?? "", /pk\/d7 pk\/d8;/);
    assert.deepEqual(differenceLines(paint, roundOf(), { devices: 40, most: 9 }), []);
  });

  it("sums up", () => {
    const setting = { seed: 1, devices: 20, processes: 2, seconds: 3.21 };
    const good = summarizeSelftest([roundOf(), roundOf({ faults: "drop=1,delay=2:500ms" })], setting);
    assert.deepEqual(good.kinds, ["drop", "delay"]);
    assert.deepEqual(good.total, { rounds: 2, injected: 4, found: 4, falselyAccused: 0, overlooked: 0 });
    const text = selftestSummary(paint, good, "iotb selftest --seed 1");
    assert.match(text, /2 rounds, 2 kinds of fault +4 +4 +0 +0\n/);
    assert.match(text, /selftest {3}OK/);
    assert.match(text, /again {6}iotb selftest --seed 1/);
    const bad = summarizeSelftest([roundOf(), FAILED], setting);
    assert.equal(bad.ok, false);
    assert.match(selftestSummary(paint, bad, ""), /MISMATCH {2}in 1 of 2 rounds/);
  });

  it("is not satisfied with nothing", () => {
    assert.equal(summarizeSelftest([], { seed: 1, devices: 20, processes: 2, seconds: 0 }).ok, false);
  });
});
