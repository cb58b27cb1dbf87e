import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SelftestResult } from "../../src/domain/selftest-result.js";
import { MutatedCopy, type Mutation } from "../support/mutated-copy.js";

/** A defect of the correlation: what it does, the faults that reveal it, and the word of the account that gives it away. */
type Mutant = Mutation & { readonly what: string; readonly faults: string; readonly reveals: string };

const MUTANTS: readonly Mutant[] = [
  {
    what: "one device's receipts are dropped",
    file: "domain/arrivals.js",
    from: "        const first = this.at[device];",
    to: "        if (device === 3) return; const first = this.at[device];",
    faults: "none",
    reveals: "missing",
  },
  {
    what: "one shard's digest is lost",
    file: "app/sharded-fleet.js",
    from: "digest: mergeDigests(messageId, digests),",
    to: "digest: mergeDigests(messageId, digests.slice(1)),",
    faults: "none",
    reveals: "expected",
  },
  {
    what: "device numbers are off by one",
    file: "domain/fanout.js",
    from: "const number = firstDevice + device;",
    to: "const number = firstDevice + device + 1;",
    faults: "drop",
    reveals: "missing",
  },
  {
    what: "a duplicate counts as a delivery and cancels a loss",
    file: "domain/fanout.js",
    from: "missing.push(number);",
    to: "if (duplicates > 0) { duplicates--; delivered++; continue; } missing.push(number);",
    faults: "drop,duplicate",
    reveals: "missing",
  },
  {
    what: "a duplicate is not noticed",
    file: "domain/arrivals.js",
    from: "this.duplicates++;",
    to: "return;",
    faults: "duplicate",
    reveals: "duplicates",
  },
  {
    what: "bodies are compared by their length alone",
    file: "app/sent-body.js",
    from: "if (end - start !== length)",
    to: "if (end - start === length) return true; else",
    faults: "corrupt",
    reveals: "corrupt",
  },
  {
    what: "a stray is taken as a delivery",
    file: "app/message-router.js",
    from: "?.recordMisdirected(device, at);",
    to: "?.record(device, at);",
    faults: "stray",
    reveals: "strays",
  },
  {
    what: "the excused are taken as missing",
    file: "domain/fanout.js",
    from: "if (end !== undefined && end.at <= settledAt) {",
    to: "if (end !== undefined && end.at < 0) {",
    faults: "disconnect",
    reveals: "excused",
  },
  {
    what: "the missing are taken as excused",
    file: "domain/fanout.js",
    from: "missing.push(number);",
    to: 'excused.push({ device: number, at: settledAt, reason: "closed", closedBy: "peer" }); continue;',
    faults: "drop",
    reveals: "excused",
  },
  {
    what: "who was online is looked up at settling instead of sending",
    file: "domain/presence.js",
    from: "if (change.at <= moment)",
    to: "if (change.at >= 0)",
    faults: "disconnect",
    reveals: "expected",
  },
  {
    what: "a broadcast settles before what is late has come",
    file: "domain/settling.js",
    from: "rule.linger : rule.drain",
    to: "rule.linger : rule.linger",
    faults: "delay",
    reveals: "missing",
  },
  {
    what: "the merged list of the missing is cut short",
    file: "domain/fanout.js",
    from: "missing: digests.flatMap((digest) => digest.missing),",
    to: "missing: digests.flatMap((digest) => digest.missing).slice(1),",
    faults: "drop",
    reveals: "missing",
  },
  {
    what: "the merge forgets a shard's duplicates",
    file: "domain/fanout.js",
    from: "duplicated: digests.flatMap((digest) => digest.duplicated),",
    to: "duplicated: digests.slice(1).flatMap((digest) => digest.duplicated),",
    faults: "duplicate",
    reveals: "duplicates",
  },
  {
    what: "every shard counts its devices from the first one on",
    file: "cli/compose/fleet-processes.js",
    from: "firstDevice: first,",
    to: "firstDevice: 0,",
    faults: "none",
    reveals: "receipts kept",
  },
  {
    what: "receipts of unknown broadcasts are not counted",
    file: "app/merge-reports.js",
    from: "foreign: sum((total) => total.foreign),",
    to: "foreign: 0,",
    faults: "api-wrong-id",
    reveals: "foreign",
  },
  {
    what: "a changed body does not fail the run",
    file: "domain/verdict.js",
    from: "if (total.corrupt > 0)",
    to: "if (total.corrupt < 0)",
    faults: "corrupt",
    reveals: "verdict",
  },
];

const selftest = async (copy: MutatedCopy, faults: string) => {
  const fleet = ["-c", "60", "--workers", "2", "--broadcasts", "1", "--drain", "1s"];
  const run = await copy.run(["selftest", "--json", "--seed", "5", ...fleet, "--faults", faults]);
  assert.match(run.stdout, /^\{"schema":"iotb.selftest\/1"/, run.stderr);
  return { code: run.code, result: JSON.parse(run.stdout) as SelftestResult };
};

describe("a selftest of a program with a defect in its correlation", { concurrency: 2 }, () => {
  it("passes where there is none", async () => {
    using copy = new MutatedCopy();
    const faults = [...new Set(MUTANTS.flatMap((mutant) => mutant.faults.split(",")))];
    const { code, result } = await selftest(copy, faults.join(","));
    assert.deepEqual(
      result.rounds.filter((round) => !round.ok),
      [],
    );
    assert.deepEqual([code, result.ok], [0, true]);
  });

  for (const mutant of MUTANTS) {
    it(`fails: ${mutant.what}`, async () => {
      using copy = new MutatedCopy(mutant);
      const { code, result } = await selftest(copy, mutant.faults);
      const words = result.rounds.flatMap((round) => round.differences.map(({ what }) => what));
      assert.deepEqual([code, result.ok], [6, false], JSON.stringify(result.rounds));
      assert.ok(words.includes(mutant.reveals), `${mutant.reveals} is not among ${words.join(", ")}`);
    });
  }
});
