import assert from "node:assert/strict";
import { test } from "node:test";
import type { DirectedScenario } from "../../src/app/scenario-director.js";
import { parseScenario, scenarioOf } from "../../src/domain/scenario.js";
import { micros } from "../../src/domain/time.js";
import { rehearse } from "../support/measure-stage.js";
import { ScriptedShard } from "../support/scripted-shard.js";

const directed = (at: number): DirectedScenario => ({
  scenario: scenarioOf(parseScenario("reconnect-storm:1"), micros(at)),
  fleet: 2,
  rest: micros(1e6),
  patience: micros(100e6),
});
const turnsOf = (shard: ScriptedShard) =>
  shard.commands.flatMap((command) => (command.kind === "scenario" ? [command.turn] : []));

test("each broadcast but a warm-up has a turn, announced before its moment, which is the broadcast's due time and so much", async () => {
  const shard = new ScriptedShard(2, (command) => {
    // the waiting for the due time
    if (command.kind === "scenario") stage.pass(1_000_000);
    return false;
  });
  const stage = rehearse({ shards: [shard], plan: { warmup: 1, broadcasts: 2, scenario: directed(-500_000) } });
  const { broadcasts, failure } = await stage.run();
  assert.equal(failure, null);
  const rounds = [
    "expect",
    "accepted",
    "settle",
    ...["1", "2"].flatMap(() => ["expect", "scenario", "accepted", "settle"]),
  ];
  assert.deepEqual(
    shard.commands.map(({ kind }) => kind),
    ["prepare", "connect", "live", ...rounds, "stop"],
  );
  const turns = turnsOf(shard);
  assert.deepEqual(
    turns.map(({ number, leaveAt }, i) => [number, leaveAt - (broadcasts[i + 1]?.dueAt ?? 0)]),
    [
      [0, -500_000],
      [1, -500_000],
    ],
  );
  assert.deepEqual(
    broadcasts.map(({ turn }) => turn),
    [null, ...turns.map(({ leaveAt }) => ({ taken: 1, lastAt: leaveAt }))],
  );
});

test("a broadcast does not settle before its turn's moment has come", async () => {
  const shard = new ScriptedShard(2, (command) => {
    if (command.kind === "scenario") stage.pass(60_000);
    // all have it before: without the turn it would settle now
    if (command.kind === "accepted") stage.pass(29_500);
    return false;
  });
  const stage = rehearse({ shards: [shard], plan: { broadcasts: 1, scenario: directed(30_000) } });
  const { broadcasts } = await stage.run();
  const settle = shard.commands.find((command) => command.kind === "settle");
  assert.ok(settle?.kind === "settle" && settle.settledAt >= (broadcasts[0]?.dueAt ?? 0) + 30_000);
});

test("the next broadcast waits until those that were taken are back, or given up", async () => {
  let announced = 0;
  const away: number[] = [];
  const shard = new ScriptedShard(2, (command, self) => {
    if (command.kind === "expect") away.push(stage.fleet.awaited);
    if (command.kind === "scenario") {
      stage.pass(1_000_000);
      announced++;
      self.report({ kind: "standing", online: 1, refused: 0 });
    }
    // the first comes back, the second is refused for good
    if (command.kind === "settle") {
      const [online, refused] = announced === 1 ? [2, 0] : [1, 1];
      setImmediate(() => self.report({ kind: "standing", online, refused }));
    }
    return false;
  });
  const stage = rehearse({ shards: [shard], plan: { broadcasts: 3, scenario: directed(0) } });
  const { failure } = await stage.run();
  assert.deepEqual([failure, away], [null, [0, 0, 0]]);
});

test("those that never come back are waited for only so long", async () => {
  const shard = new ScriptedShard(2, (command, self) => {
    if (command.kind === "scenario") {
      stage.pass(1_000_000);
      self.report({ kind: "standing", online: 1, refused: 0 });
    }
    if (command.kind === "settle") setImmediate(() => stage.pass(100e6));
    return false;
  });
  const stage = rehearse({ shards: [shard], plan: { broadcasts: 2, scenario: directed(0) } });
  const { broadcasts, failure } = await stage.run();
  assert.deepEqual([failure, broadcasts.length], [null, 2]);
});

test("a stop before the due time sends nothing and leaves no turn behind", async () => {
  const shard = new ScriptedShard(2, (command) => {
    if (command.kind !== "scenario") return false;
    stage.drain.abort();
    return true; // it is never answered
  });
  const stage = rehearse({ shards: [shard], plan: { broadcasts: 2, scenario: directed(-500_000) } });
  const { broadcasts, failure } = await stage.run();
  assert.deepEqual([broadcasts.length, failure, stage.calls.length], [0, null, 0]);
});

test("a process that dies during a turn does not hold the run up", async () => {
  const [one, two] = [
    new ScriptedShard(1, () => false),
    new ScriptedShard(1, (command, self) => {
      if (command.kind !== "scenario") return false;
      stage.pass(1_000_000);
      void self.die();
      return true;
    }),
  ] as const;
  const stage = rehearse({ shards: [one, two], plan: { broadcasts: 1, scenario: directed(0) } });
  const { broadcasts } = await stage.run();
  assert.deepEqual([broadcasts[0]?.digest.unknown, broadcasts[0]?.turn?.taken], [1, 1]);
});
