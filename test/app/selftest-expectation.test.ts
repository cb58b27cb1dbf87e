import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ExpectedRun, expectRun } from "../../src/app/selftest-expectation.js";
import { FAULT_KINDS } from "../../src/protocol/fault-spec.js";
import { asked, done, fleetOf } from "../support/selftest-accounts.js";

const run = (broadcasts: number, devices = 10) => ({ devices: fleetOf(devices), specs: [], broadcasts });

/** The sizes of one broadcast's sets. */
const sizes = ({ broadcasts }: ExpectedRun, i: number) => {
  const { expected, delivered, missing, excused, duplicated, strayed, corrupt } = broadcasts[i] ?? assert.fail();
  const sets = { delivered, missing, excused, duplicated, strayed, corrupt };
  return {
    expected,
    ...Object.fromEntries(
      Object.entries(sets)
        .map(([name, set]) => [name, set.size])
        .filter(([, size]) => size !== 0),
    ),
  };
};

describe("expectRun", () => {
  it("accuses nobody where nothing was done", () => {
    const wanted = expectRun(run(2), []);
    assert.deepEqual(sizes(wanted, 1), { expected: 10, delivered: 10 });
    assert.deepEqual([wanted.receipts, wanted.foreign, wanted.failure], [20, 0, null]);
    assert.deepEqual(wanted.end, { verdict: "pass", exit: 0 });
  });

  it("lets a duplicate cancel no loss", () => {
    const wanted = expectRun(run(1), [done("drop", 1, 3), done("duplicate", 1, 4)]);
    assert.deepEqual(sizes(wanted, 0), { expected: 10, delivered: 9, missing: 1, duplicated: 1 });
    assert.deepEqual(wanted.broadcasts[0]?.missing, new Set(["pk/d3"]));
    assert.deepEqual([wanted.receipts, wanted.end.exit], [10, 6]);
  });

  it("excuses whom the platform cut off, and expects them no more", () => {
    const wanted = expectRun(run(2), [done("disconnect", 1, 0, 1)]);
    assert.deepEqual(sizes(wanted, 0), { expected: 10, delivered: 8, excused: 2 });
    assert.deepEqual(sizes(wanted, 1), { expected: 8, delivered: 8 });
    assert.deepEqual(wanted.end, { verdict: "fail", exit: 6 });
  });

  it("misses what is half open in every broadcast from then on", () => {
    const wanted = expectRun(run(3), [done("half-open", 2, 5), done("half-open", 3, 6)]);
    assert.deepEqual(
      [0, 1, 2].map((i) => [...(wanted.broadcasts[i]?.missing ?? [])]),
      [[], ["pk/d5"], ["pk/d5", "pk/d6"]],
    );
  });

  it("passes with duplicates, and with what is late", () => {
    const harmless = [done("duplicate", 1, 0), done("delay", 1, 1), done("tail", 1, 2), done("reorder", 1, 3)];
    const wanted = expectRun({ ...run(1), specs: [asked("delay", 1, 800)] }, [...harmless, done("refuse", null, 4)]);
    assert.deepEqual(wanted.end, { verdict: "pass", exit: 0 });
    const [first] = wanted.broadcasts;
    assert.deepEqual([first?.late, first?.lateBy], [new Set(["pk/d1"]), 800_000]);
  });

  it("fails for a stray and for a changed body, though all have it", () => {
    for (const kind of ["stray", "corrupt"] as const) {
      assert.deepEqual(expectRun(run(1), [done(kind, 1, 0)]).end, { verdict: "fail", exit: 6 }, kind);
    }
  });

  for (const [kind, failure, exit, foreign] of [
    ["api-5xx", "api-refused", 3, 0],
    ["api-throttle", "api-throttled", 4, 0],
    ["api-lost", "api-unknown-fate", 8, 9],
  ] as const) {
    it(`ends at a call with ${kind}, after what came before`, () => {
      const wanted = expectRun(run(3), [done(kind, 2), done("drop", 2, 1)]);
      assert.equal(wanted.broadcasts.length, 1);
      assert.deepEqual([wanted.failure, wanted.end], [failure, { verdict: "error", exit }]);
      assert.deepEqual([wanted.foreign, wanted.receipts], [foreign, 10 + foreign]);
    });
  }

  it("takes receipts of an id that was told wrongly for foreign, and everybody for missing", () => {
    const ledger = [done("api-wrong-id", 1), done("disconnect", 1, 0), done("stray", 1, 1), done("corrupt", 1, 2)];
    const wanted = expectRun(run(2), ledger);
    assert.deepEqual(sizes(wanted, 0), { expected: 10, missing: 9, excused: 1 });
    assert.deepEqual(sizes(wanted, 1), { expected: 9, delivered: 9 });
    assert.deepEqual([wanted.foreign, wanted.receipts], [10, 19]);
  });

  it("closes its own account for any ledger", () => {
    const entry = fc.record({
      kind: fc.constantFrom(...FAULT_KINDS),
      number: fc.integer({ min: 1, max: 4 }),
      devices: fc.uniqueArray(fc.constantFrom(...fleetOf(12)), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        // a device has at most one fault a broadcast, and none once it is cut off or half open
        const gone = new Set<string>();
        const ledger = [1, 2, 3, 4].flatMap((number) => {
          const taken = new Set<string>(gone);
          return entries
            .filter((one) => one.number === number)
            .map((one) => {
              const api = one.kind.startsWith("api-");
              const devices = api ? [] : one.devices.filter((device) => !taken.has(device));
              for (const device of devices) taken.add(device);
              if (one.kind === "disconnect" || one.kind === "half-open") for (const d of devices) gone.add(d);
              return { ...one, devices };
            });
        });
        const wanted = expectRun(run(4, 12), ledger);
        let receipts = wanted.foreign;
        for (const one of wanted.broadcasts) {
          assert.equal(one.expected, one.delivered.size + one.missing.size + one.excused.size);
          receipts += one.delivered.size + one.duplicated.size + one.strayed.size;
        }
        assert.equal(wanted.receipts, receipts);
      }),
    );
  });
});

it("the judge imports nothing of what it judges", () => {
  const source = readFileSync("src/app/selftest-expectation.ts", "utf8");
  const imports = [...source.matchAll(/ from "([^"]+)"/g)].map(([, from]) => from);
  assert.deepEqual(imports, [
    "../domain/errors.js",
    "../domain/selftest-result.js",
    "../domain/time.js",
    "../protocol/fault-spec.js",
  ]);
});
