import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareRun } from "../../src/app/selftest-comparison.js";
import { expectRun, type LedgerEntry } from "../../src/app/selftest-expectation.js";
import type { FoundBroadcast, FoundRun } from "../../src/app/selftest-finding.js";
import { micros } from "../../src/domain/time.js";
import type { FaultKind } from "../../src/protocol/fault-spec.js";
import { accountOf, asked, done, fleetOf } from "../support/selftest-accounts.js";

const DEVICES = 10;
const LEDGER = [
  done("drop", 1, 0, 1),
  done("duplicate", 1, 2),
  done("stray", 1, 3),
  done("corrupt", 1, 4),
  done("disconnect", 1, 5),
  done("delay", 1, 6),
  done("reorder", 1, 7),
  done("api-slow", 1),
  done("refuse", null, 8),
];
const SPECS = LEDGER.map(({ kind }) => asked(kind));

/** Holds an account with these changes against the ledger. */
const compared = (
  changes: { readonly run?: Partial<FoundRun>; readonly first?: Partial<FoundBroadcast> } = {},
  ledger: readonly LedgerEntry[] = LEDGER,
  kinds: readonly FaultKind[] = ledger.map(({ kind }) => kind),
) => {
  const wanted = expectRun({ devices: fleetOf(DEVICES), specs: SPECS, broadcasts: 2 }, ledger);
  return compareRun(kinds, DEVICES, ledger, wanted, accountOf(wanted, DEVICES, changes));
};

const wordsOf = ({ differences }: ReturnType<typeof compared>) => differences.map(({ what }) => what);

describe("compareRun", () => {
  it("finds everything in a true account", () => {
    const result = compared();
    assert.deepEqual(result.differences, []);
    const { injected, found, falselyAccused, overlooked, ok } = result;
    assert.deepEqual([injected, found, falselyAccused, overlooked, ok], [10, 10, 0, 0, true]);
  });

  it("names who was overlooked and who was accused falsely", () => {
    const result = compared({ first: { missing: ["pk/d0", "pk/d9"] } });
    assert.deepEqual(result.differences, [
      {
        broadcast: 1,
        what: "missing",
        ledger: 2,
        account: 2,
        falselyAccused: ["pk/d9"],
        overlooked: ["pk/d1"],
      },
    ]);
    assert.deepEqual([result.injected, result.found, result.falselyAccused, result.overlooked], [10, 9, 1, 1]);
    assert.equal(result.ok, false);
  });

  it("takes a device named twice for an accusation too many", () => {
    const { differences } = compared({ first: { excused: ["pk/d5", "pk/d5"] } });
    assert.deepEqual(differences[0]?.falselyAccused, ["pk/d5"]);
  });

  for (const [what, first] of [
    ["excused", { excused: [] }],
    ["duplicates", { duplicated: ["pk/d3"] }],
    ["strays", { strayed: [] }],
    ["corrupt", { corrupt: ["pk/d4", "pk/d6"] }],
    ["latecomers", { latecomers: ["pk/d1"] }],
    ["receipts kept", { receivedAfter: new Map([["pk/d2", micros(1)]]) }],
    ["API time", { apiTook: micros(490_000) }],
  ] as const) {
    it(`notices other ${what}`, () => assert.ok(wordsOf(compared({ first })).includes(what)));
  }

  it("notices every count that is another", () => {
    const wanted = accountOf(expectRun({ devices: fleetOf(DEVICES), specs: SPECS, broadcasts: 2 }, LEDGER), DEVICES)
      .broadcasts[0];
    assert.ok(wanted);
    const names = Object.keys(wanted.counts) as (keyof FoundBroadcast["counts"])[];
    for (const name of names) {
      const changed: FoundBroadcast["counts"] = { ...wanted.counts, [name]: (wanted.counts[name] ?? 0) + 1 };
      assert.deepEqual(wordsOf(compared({ first: { counts: changed } })), [name]);
    }
    assert.equal(names.length, 9);
  });

  for (const [what, run] of [
    ["online", { online: 9 }],
    ["broadcasts", { broadcasts: [] }],
    ["foreign", { foreign: 1 }],
    ["receipts after settling", { afterSettling: 1 }],
    ["receipts", { receipts: 0 }],
    ["failure", { failure: "api-refused" as const }],
    ["verdict", { end: { verdict: "pass" as const, exit: 6 } }],
    ["exit code", { end: { verdict: "fail" as const, exit: 0 } }],
  ] as const) {
    it(`notices another ${what}`, () => assert.deepEqual(wordsOf(compared({ run })), [what]));
  }

  it("wants what was delayed to be late, and does not mind who else was", () => {
    const times = (of: (device: number) => number) =>
      new Map([2, 3, 4, 6, 7, 8, 9].map((device) => [`pk/d${device}`, micros(of(device))]));
    const early = compared({ first: { receivedAfter: times(() => 1) } });
    assert.deepEqual(early.differences[0]?.overlooked, ["pk/d6"]);
    assert.deepEqual([early.found, early.falselyAccused], [9, 0]);
    assert.ok(compared({ first: { receivedAfter: times(() => 600_000) } }).ok);
  });

  it("proves nothing by a fault that was never done", () => {
    const result = compared({}, [], ["drop"]);
    assert.deepEqual([wordsOf(result), result.ok], [["drop in the ledger"], false]);
  });

  it("counts calls as found by how the run ended, and strangers' receipts by their number", () => {
    for (const ledger of [[done("api-lost", 1)], [done("api-5xx", 1)], [done("api-wrong-id", 1), done("drop", 1, 3)]]) {
      const { injected, found, ok } = compared({}, ledger);
      assert.deepEqual([found, ok], [injected, true]);
    }
    const lost = compared({ run: { failure: null } }, [done("api-lost", 1)]);
    assert.deepEqual([lost.found, lost.ok], [0, false]);
    const foreign = compared({ run: { foreign: 3 } }, [done("api-wrong-id", 1), done("duplicate", 1, 3)]);
    assert.deepEqual([foreign.found, foreign.ok], [0, false]);
  });
});
