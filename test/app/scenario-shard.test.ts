import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScenarioTurn } from "../../src/domain/scenario.js";
import { micros } from "../../src/domain/time.js";
import { devicesOf } from "../support/message-bytes.js";
import { ShardStage } from "../support/shard-stage.js";

/** A turn that takes every device of the stage's fleet now. */
const turnNow = (stage: ShardStage, more: Partial<ScenarioTurn> = {}): ScenarioTurn => ({
  kind: "reconnect-storm",
  number: 0,
  fleet: 200,
  devices: 200,
  leaveAt: stage.now,
  returnAt: null,
  ...more,
});

const settle = async (stage: ShardStage, sentAt: number) => {
  const settledAt = stage.now;
  await stage.shard.command({
    kind: "settle",
    messageId: "7",
    dueAt: micros(sentAt),
    settledAt,
    keepFrom: settledAt,
    timed: true,
  });
  return stage.of("digest").at(-1)?.digest;
};

const live = async (stage: ShardStage) => {
  await stage.online();
  await stage.shard.command({ kind: "live", startAt: stage.now });
};

test("a storm after sending: who had it is delivered, who had not is excused by the scenario, and all come back", async (context) => {
  const stage = await ShardStage.set(context, { reconnect: true, devices: devicesOf("pk", 3) });
  await live(stage);
  await stage.expect();
  stage.pass(10);
  const sentAt = stage.now;
  stage.pass(10);
  stage.receive(1, "7");
  await stage.shard.command({ kind: "accepted", messageId: "7", sentAt });
  await stage.shard.command({ kind: "scenario", turn: turnNow(stage) });
  assert.deepEqual(stage.of("played"), [{ kind: "played", turn: 0, taken: 3, lastAt: stage.now }]);
  assert.deepEqual(
    stage.closed.map(({ reason, abruptly }) => [reason, abruptly]),
    Array(3).fill(["scenario", true]),
  );
  stage.pass(20);
  assert.deepEqual(stage.of("standing").at(-1), { kind: "standing", online: 0, refused: 0 });
  const digest = await settle(stage, sentAt);
  assert.deepEqual([digest?.expected, digest?.delivered, digest?.missing], [3, 1, []]);
  assert.deepEqual(
    digest?.excused.map(({ device, reason, closedBy }) => [device, reason, closedBy]),
    [
      [100, "scenario", "device"],
      [102, "scenario", "device"],
    ],
  );
  stage.opened.length = 0;
  stage.pass(900);
  assert.deepEqual(stage.opened, [], "not before its back-off");
  stage.pass(1200);
  assert.deepEqual([...stage.opened].sort(), [0, 1, 2]);
});

test("a storm before sending: nobody who was cut off is expected; who is back and gets it is a latecomer", async (context) => {
  const stage = await ShardStage.set(context, { reconnect: true, devices: devicesOf("pk", 2) });
  await live(stage);
  await stage.expect();
  await stage.shard.command({ kind: "scenario", turn: turnNow(stage) });
  stage.pass(10);
  const sentAt = stage.now;
  stage.pass(10);
  stage.sink.online(0, stage.now);
  stage.receive(0, "7");
  await stage.shard.command({ kind: "accepted", messageId: "7", sentAt });
  const digest = await settle(stage, sentAt);
  assert.deepEqual([digest?.expected, digest?.excused, digest?.missing, digest?.latecomers], [0, [], [], [100]]);
});

test("late joiners are opened at their moment, not by a back-off; one that logs in before the sending is expected", async (context) => {
  const stage = await ShardStage.set(context, {
    reconnect: true,
    devices: devicesOf("pk", 2),
    backoff: { floor: micros(0), ceiling: micros(0) },
  });
  await live(stage);
  await stage.expect();
  stage.opened.length = 0;
  const joinAt = stage.now;
  await stage.shard.command({
    kind: "scenario",
    turn: turnNow(stage, { kind: "late-joiners", returnAt: joinAt }),
  });
  assert.deepEqual(stage.closed.at(-1), { device: 1, reason: "scenario", abruptly: false });
  assert.deepEqual(stage.opened, [0, 1]);
  stage.pass(10);
  stage.sink.online(0, stage.now);
  stage.pass(10);
  const sentAt = stage.now;
  stage.pass(10);
  stage.sink.online(1, stage.now);
  stage.receive(0, "7");
  stage.receive(1, "7");
  await stage.shard.command({ kind: "accepted", messageId: "7", sentAt });
  const digest = await settle(stage, sentAt);
  assert.deepEqual([digest?.expected, digest?.delivered, digest?.latecomers], [2 - 1, 1, [101]]);
});

test("a stop ends a turn that waits for its moment, and it is answered", async (context) => {
  const stage = await ShardStage.set(context, { reconnect: true });
  await live(stage);
  const played = stage.shard.command({
    kind: "scenario",
    turn: turnNow(stage, { leaveAt: micros(stage.now + 600e6) }),
  });
  await stage.shard.command({ kind: "stop" });
  await played;
  assert.deepEqual(stage.of("played"), [{ kind: "played", turn: 0, taken: 0, lastAt: null }]);
  assert.deepEqual(stage.closed, []);
});
