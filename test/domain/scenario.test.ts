import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as check, integer, property } from "fast-check";
import {
  lastMomentOf,
  leadOf,
  parseMoment,
  parseScenario,
  type Scenario,
  scenarioOf,
  scenarioTurn,
  takenBy,
} from "../../src/domain/scenario.js";
import { micros } from "../../src/domain/time.js";
import { failsWith } from "../support/cli-fails-with.js";

const storm = (at: number): Scenario => scenarioOf(parseScenario("reconnect-storm"), micros(at));
const late = (at: number): Scenario => scenarioOf(parseScenario("late-joiners"), micros(at));
const chosen = (fleet: number, devices: number, number: number): number[] =>
  Array.from({ length: fleet }, (_, i) => i).filter(takenBy({ fleet, devices, number }));

test("a scenario's name, and how many it takes", () => {
  const share = { kind: "fraction", fraction: 0.2 };
  assert.deepEqual(parseScenario("reconnect-storm"), { kind: "reconnect-storm", share });
  assert.deepEqual(parseScenario(" Late-Joiners : 30% "), {
    kind: "late-joiners",
    share: { kind: "fraction", fraction: 0.3 },
  });
  assert.deepEqual(parseScenario("reconnect-storm:50").share, { kind: "count", count: 50 });
  for (const text of ["", "storm", "late-joiners:", "late-joiners:x", "late-joiners:101%", "reconnect-storm:0"]) {
    assert.throws(() => parseScenario(text), failsWith("usage", /./), text);
  }
});

test("a moment has a sign, and lies near the broadcast", () => {
  assert.equal(parseMoment("-500ms"), -500_000);
  assert.equal(parseMoment(" 1s"), 1_000_000);
  assert.equal(parseMoment("+2"), 2_000_000);
  assert.ok(Object.is(parseMoment("-0"), 0));
  for (const text of ["", "-", "--1s", "- x", "11m", "-601"]) {
    assert.throws(() => parseMoment(text), failsWith("usage", /./), text);
  }
  assert.equal(scenarioOf(parseScenario("reconnect-storm"), null).at, -500_000);
  assert.equal(scenarioOf(parseScenario("late-joiners"), null).at, 0);
});

test("a storm has one moment; late joiners leave so early that they may log in again when their moment comes", () => {
  const [due, rest] = [micros(100e6), micros(12e6)];
  assert.deepEqual(scenarioTurn(storm(-500_000), 3, 1000, due, rest), {
    kind: "reconnect-storm",
    number: 3,
    fleet: 1000,
    devices: 200,
    leaveAt: 99_500_000,
    returnAt: null,
  });
  const turn = scenarioTurn(late(2e6), 0, 7, due, rest);
  assert.deepEqual([turn.devices, turn.returnAt], [2, 102e6]);
  assert.ok(102e6 - turn.leaveAt > rest);
  assert.deepEqual([lastMomentOf(turn), lastMomentOf({ leaveAt: due, returnAt: null })], [102e6, due]);
});

test("a broadcast is announced so early that its turn's first moment is still to come", () => {
  for (const scenario of [storm(-500_000), storm(0), storm(5e6), late(-3e6), late(0), late(60e6)]) {
    const rest = micros(1e6);
    const due = leadOf(scenario, rest);
    assert.ok(due >= 0);
    assert.ok(scenarioTurn(scenario, 0, 10, due, rest).leaveAt >= 0, JSON.stringify(scenario));
  }
});

test("each turn takes exactly so many, and no device twice before all have had a turn", () => {
  check(
    property(integer({ min: 1, max: 400 }), integer({ min: 1, max: 400 }), (fleet, wanted) => {
      const devices = Math.min(fleet, wanted);
      const seen = new Set<number>();
      const whole = Math.floor(fleet / devices);
      for (let number = 0; number < whole; number++) {
        const turn = chosen(fleet, devices, number);
        assert.equal(turn.length, devices);
        for (const device of turn) {
          assert.ok(!seen.has(device));
          seen.add(device);
        }
      }
      assert.equal(seen.size, whole * devices);
      assert.equal(chosen(fleet, devices, whole).length, devices, "and so in the turn that begins anew");
    }),
  );
});

test("a turn is spread over the whole fleet: every process has its part", () => {
  for (let number = 0; number < 5; number++) {
    const parts = [0, 0, 0, 0];
    for (const device of chosen(1000, 200, number))
      parts[Math.floor(device / 250)] = (parts[Math.floor(device / 250)] ?? 0) + 1;
    for (const part of parts) assert.ok(Math.abs(part - 50) <= 3, parts.join(" "));
  }
});

test("ten million devices are told apart without a table", () => {
  const isTaken = takenBy({ fleet: 10_000_000, devices: 1, number: 9_999_999 });
  let taken = 0;
  for (let device = 0; device < 10_000_000; device++) if (isTaken(device)) taken++;
  assert.equal(taken, 1);
});
