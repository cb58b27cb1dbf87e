import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { DeviceScenario, mergePlayed } from "../../src/app/device-scenario.js";
import type { ScenarioTurn } from "../../src/domain/scenario.js";
import { micros } from "../../src/domain/time.js";

/** Devices 10 to 19 of a fleet of 20, on a clock that only the test moves. */
const stage = (online: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) => {
  const present = new Set(online);
  const told: string[] = [];
  let now = 1000;
  const scenario = new DeviceScenario({
    deviceCount: 10,
    firstDevice: 10,
    clock: () => micros(now),
    rest: micros(50),
    isOnline: (device) => present.has(device),
    leave: (device, abruptly, held) => {
      present.delete(device);
      told.push(`${device} ${abruptly ? "is cut" : "leaves"}${held ? " and stays away" : ""} at ${now}`);
    },
    comeBack: (device, at) => told.push(`${device} back from ${at} at ${now}`),
  });
  const turn = (more: Partial<ScenarioTurn> = {}): ScenarioTurn => ({
    kind: "reconnect-storm",
    number: 0,
    fleet: 20,
    devices: 20,
    leaveAt: micros(1000),
    returnAt: null,
    ...more,
  });
  const set = (at: number) => {
    now = at;
  };
  return { scenario, told, turn, set };
};
const turns = async () => {
  for (let i = 0; i < 5; i++) await setImmediate();
};

test("a storm cuts the chosen off without a word, at its moment and not before", async () => {
  const { scenario, told, turn, set } = stage();
  const played = scenario.play(turn({ leaveAt: micros(1500), devices: 4 }));
  set(1499);
  await turns();
  assert.deepEqual(told, []);
  set(1500);
  const { taken, lastAt } = await played;
  assert.deepEqual([taken, lastAt], [told.length, 1500]);
  assert.ok(told.length > 0 && told.length < 4, "its part of the four");
  assert.match(told[0] ?? "", /^\d is cut at 1500$/);
});

test("late joiners leave in good order, stay away, and may come back when the platform's rest is over", async () => {
  const { scenario, told, turn, set } = stage([3, 4]);
  const played = scenario.play(turn({ kind: "late-joiners", returnAt: micros(1800) }));
  await turns();
  assert.deepEqual(told, ["3 leaves and stays away at 1000", "4 leaves and stays away at 1000"]);
  set(1800);
  assert.deepEqual(await played, { taken: 2, lastAt: 1800 });
  assert.deepEqual(told.slice(2), ["3 back from 1050 at 1800", "4 back from 1050 at 1800"]);
});

test("a turn that comes too late is played at once; who is offline is left alone", async () => {
  const { scenario, told, turn } = stage([]);
  assert.deepEqual(await scenario.play(turn({ leaveAt: micros(1) })), { taken: 0, lastAt: null });
  assert.deepEqual(told, []);
});

test("disposed of, a turn is over where it stands", async () => {
  const { scenario, told, turn } = stage();
  const played = scenario.play(turn({ leaveAt: micros(1900) }));
  await turns();
  scenario[Symbol.dispose]();
  assert.deepEqual([await played, told], [{ taken: 0, lastAt: null }, []]);
});

test("the parts of a turn add up", () => {
  const parts = [
    { taken: 2, lastAt: micros(7) },
    { taken: 3, lastAt: micros(5) },
    { taken: 0, lastAt: null },
  ];
  assert.deepEqual(mergePlayed(parts), { taken: 5, lastAt: 7 });
  assert.deepEqual(mergePlayed([]), { taken: 0, lastAt: null });
});
