import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planRounds, type RoundsRequest, SELFTEST_KINDS } from "../../src/app/selftest-rounds.js";
import { fromMillis } from "../../src/domain/time.js";
import { FAULT_KINDS, formatFaults, parseFaults } from "../../src/protocol/fault-spec.js";

const request = (more: Partial<RoundsRequest> = {}): RoundsRequest => ({
  devices: 500,
  seed: 1,
  kinds: SELFTEST_KINDS,
  broadcasts: 2,
  combinations: 3,
  drain: fromMillis(1_500),
  ...more,
});

const namesOf = (more: Partial<RoundsRequest>) => planRounds(request(more)).map(({ name }) => name);

describe("planRounds", () => {
  it("has a round of nothing, one of each kind and several of many", () => {
    const rounds = planRounds(request());
    const alone = rounds.filter(({ specs }) => specs.length === 1).map(({ specs }) => specs[0]?.kind);
    assert.deepEqual(new Set(alone), new Set(FAULT_KINDS));
    assert.equal(rounds.filter(({ specs }) => specs.length === 0).length, 1);
    assert.ok(rounds.filter(({ specs }) => specs.length > 1).length >= 7);
    assert.equal(Math.max(...rounds.map(({ specs }) => specs.length)), FAULT_KINDS.length - 3);
  });

  it("cuts off a tenth of the fleet in one round", () => {
    const tenth = planRounds(request()).find(({ name }) => name === "disconnect 10 %");
    assert.deepEqual(
      tenth?.specs.map(({ kind, count }) => [kind, count]),
      [["disconnect", 50]],
    );
  });

  it("is the same for the same seed and another for another", () => {
    assert.deepEqual(planRounds(request()), planRounds(request()));
    const [one, other] = [planRounds(request()), planRounds(request({ seed: 2 }))];
    assert.notDeepEqual(
      one.map(({ seed }) => seed),
      other.map(({ seed }) => seed),
    );
    assert.notDeepEqual(one.slice(-3), other.slice(-3));
  });

  it("has no seed twice", () => {
    const seeds = planRounds(request({ combinations: 50 })).map(({ seed }) => seed);
    assert.equal(new Set(seeds).size, seeds.length);
    assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed <= 0xffff_ffff));
  });

  it("is narrowed to kinds", () => {
    assert.deepEqual(namesOf({ kinds: ["none"] }), ["none"]);
    assert.deepEqual(namesOf({ kinds: ["api-5xx"] }), ["api-5xx"]);
    assert.deepEqual(namesOf({ kinds: ["drop", "duplicate"] }), ["drop", "duplicate", "drop + duplicate"]);
    assert.deepEqual(namesOf({ kinds: ["corrupt", "tail"] }), ["tail", "corrupt", "tail + corrupt"]);
    assert.deepEqual(namesOf({ kinds: ["api-lost", "drop"] }), ["drop", "api-lost"]);
  });

  it("never combines what ends a run, and writes faults that can be asked for by hand", () => {
    for (const { specs } of planRounds(request({ combinations: 100 }))) {
      const ending = specs.filter(({ kind }) => ["api-5xx", "api-throttle", "api-lost"].includes(kind));
      assert.ok(ending.length === 0 || specs.length === 1);
      if (specs.length === 0) continue;
      const read = parseFaults(formatFaults(specs));
      assert.deepEqual(
        read.map(({ kind, count }) => [kind, count]),
        specs.map(({ kind, count }) => [kind, count]),
      );
    }
  });

  it("asks for nothing that cannot be done: one call's fault a broadcast, and no more victims than devices", () => {
    for (const devices of [20, 60, 500]) {
      for (const broadcasts of [1, 2]) {
        for (const { specs } of planRounds(request({ devices, broadcasts, combinations: 200 }))) {
          const calls = specs.filter(({ kind }) => kind.startsWith("api-"));
          const victims = specs.filter(({ kind }) => !kind.startsWith("api-") && kind !== "refuse");
          assert.ok(calls.length <= broadcasts);
          assert.ok(victims.reduce((sum, { count }) => sum + count, 0) <= devices);
        }
      }
    }
  });

  it("waits for what is held back, and sends one after the other where connections end", () => {
    for (const { specs, rule, interval } of planRounds(request({ combinations: 100 }))) {
      const kinds = specs.map(({ kind }) => kind);
      assert.ok(rule.drain >= (kinds.includes("reorder") ? 2_000_000 : 1_500_000));
      if (kinds.includes("disconnect")) assert.equal(interval, null);
    }
  });
});
