import assert from "node:assert/strict";
import { test } from "node:test";
import { ShardedFleet } from "../../src/app/sharded-fleet.js";
import type { Acceptance } from "../../src/domain/broadcast.js";
import { micros } from "../../src/domain/time.js";
import { ScriptedShard, type ShardScript } from "../support/scripted-shard.js";

const never = new AbortController().signal;
const acceptance: Acceptance = {
  broadcast: { productKey: "pk", topicFullName: null, body: Buffer.from("{}"), dueAt: micros(1000) },
  messageId: "7",
  requestId: "r",
  sentAt: micros(1100),
  acceptedAt: micros(3000),
};

/** A fleet of a shard of 2 devices that lives and one of 3 with a script; what it tells of deaths. */
const withMortal = (script: ShardScript) => {
  const [healthy, mortal] = [new ScriptedShard(2), new ScriptedShard(3, script)];
  const deaths: string[] = [];
  const fleet = new ShardedFleet([healthy.part, mortal.part], () => micros(1e12), {
    onShardDied: (shard, how) => deaths.push(`${shard} ${how}`),
  });
  const settle = () => fleet.settle(acceptance, { linger: micros(0), drain: micros(0) }, () => micros(1), true, never);
  return { fleet, healthy, mortal, deaths, settle };
};
/** Dies when it hears a command of this kind, instead of answering. */
const diesAt =
  (kind: string): ShardScript =>
  (command, shard) => {
    if (command.kind !== kind) return false;
    void shard.die();
    return true;
  };

test("a shard that dies while connecting: the fleet goes on with fewer", async () => {
  const { fleet, deaths } = withMortal(diesAt("connect"));
  const online = await fleet.connect(never);
  assert.deepEqual([online.requested, online.online, fleet.lostDevices], [5, 2, 3]);
  assert.deepEqual(deaths, ["1 SIGKILL"]);
});

test("a shard that died before it was asked anything is not waited for", async () => {
  const { fleet, mortal } = withMortal(() => true);
  await mortal.die("exit code 1");
  assert.equal((await fleet.connect(never)).online, 2);
  assert.deepEqual(mortal.commands, []);
});

for (const kind of ["expect", "accepted", "settle"]) {
  test(`a shard that dies at ${kind}: what it held is unknown, and the account closes`, async () => {
    const { fleet, deaths, settle } = withMortal(diesAt(kind));
    await fleet.connect(never);
    await fleet.expect(acceptance.broadcast, never);
    const { digest } = await settle();
    assert.deepEqual([digest.expected, digest.delivered, digest.missing.length, digest.unknown], [5, 2, 0, 3]);
    assert.deepEqual(deaths, ["1 SIGKILL"]);
    assert.equal(fleet.online, 2);
  });
}

test("a shard that dies after its digest: its word holds and is not counted twice", async () => {
  let answered: (() => void) | null = null;
  const slow: ShardScript = (command, shard) => {
    if (command.kind !== "settle") return false;
    answered = () => shard.answer(command);
    return true;
  };
  const mortal = new ScriptedShard(3);
  const last = new ScriptedShard(2, slow);
  const fleet = new ShardedFleet([mortal.part, last.part], () => micros(1e12), {});
  await fleet.connect(never);
  const mortalAsked = mortal.asked("settle");
  const lastAsked = last.asked("settle");
  const settling = fleet.settle(acceptance, { linger: micros(0), drain: micros(0) }, () => micros(1), true, never);
  await Promise.all([mortalAsked, lastAsked]);
  await mortal.die();
  assert.equal(fleet.lostDevices, 3);
  (answered as (() => void) | null)?.();
  const { digest } = await settling;
  assert.deepEqual([digest.expected, digest.delivered, digest.unknown], [5, 5, 0]);
});

test("a shard that dies while stopping was told to go", async () => {
  const { fleet, deaths } = withMortal(diesAt("stop"));
  await fleet.connect(never);
  assert.equal((await fleet.stop()).receipts, 0);
  assert.deepEqual(deaths, []);
});

test("a shard that never says that it stopped is given up, and takes no other's totals with it", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const [hung, healthy] = [
    new ScriptedShard(1, ({ kind }) => kind === "stop"),
    new ScriptedShard(1, (command, shard) => {
      if (command.kind === "stop") shard.stopped({ receipts: 5 });
      return command.kind === "stop";
    }),
  ];
  const fleet = new ShardedFleet([hung.part, healthy.part], () => micros(1e12), {});
  await fleet.connect(never);
  const asked = Promise.all([hung.asked("stop"), healthy.asked("stop")]);
  const stopping = fleet.stop();
  await asked;
  context.mock.timers.tick(60_000);
  assert.equal((await stopping).receipts, 5);
});

test("when all are dead, everything is unknown and nothing waits", async () => {
  const { fleet, healthy, mortal, settle } = withMortal(() => false);
  await fleet.connect(never);
  await healthy.die();
  await mortal.die();
  const { digest } = await settle();
  assert.deepEqual([digest.expected, digest.unknown], [5, 5]);
  assert.equal((await fleet.stop()).receipts, 0);
});
