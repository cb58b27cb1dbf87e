import assert from "node:assert/strict";
import { test } from "node:test";
import { ShardedFleet } from "../../src/app/sharded-fleet.js";
import { micros } from "../../src/domain/time.js";
import { ScriptedShard } from "../support/scripted-shard.js";

const never = new AbortController().signal;
const fleetOf = (shards: readonly ScriptedShard[], now = () => 0) =>
  new ShardedFleet(
    shards.map((shard) => shard.part),
    () => micros(now()),
    {},
  );

test("all shards are told one start, once each is ready, and that the fleet lives, once it is online", async () => {
  let now = 1000;
  const slow = new ScriptedShard(1, ({ kind }, self) => {
    if (kind !== "prepare") return false;
    now = 5000;
    self.report({ kind: "prepared" });
    return true;
  });
  const shards = [new ScriptedShard(1), slow, new ScriptedShard(1)];
  await fleetOf(shards, () => now++).connect(never);
  for (const { commands } of shards) {
    assert.deepEqual(commands.slice(0, 2), [{ kind: "prepare" }, { kind: "connect", startAt: 5000 }]);
    assert.equal(commands[2]?.kind, "live");
  }
});

test("a shard that does not end its connections in time has told its totals before, and a large fleet has longer", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const slow = new ScriptedShard(100_000, ({ kind }, self) => {
    if (kind !== "stop") return false;
    self.stopping({ receipts: 5, reconnects: 1 });
    return true;
  });
  const stopping = fleetOf([slow, new ScriptedShard(1)]).stop();
  let done = false;
  void stopping.then(() => {
    done = true;
  });
  await slow.asked("stop");
  context.mock.timers.tick(34_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(done, false, "10 s, and a quarter of a millisecond for each of 100,001 devices");
  context.mock.timers.tick(1_001);
  const totals = await stopping;
  assert.deepEqual([totals.receipts, totals.reconnects], [5, 1]);
});
