import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import type { FleetObserver } from "../../src/app/fleet-observer.js";
import { ShardedFleet } from "../../src/app/sharded-fleet.js";
import type { Acceptance } from "../../src/domain/broadcast.js";
import { IotbError } from "../../src/domain/errors.js";
import { micros } from "../../src/domain/time.js";
import { digestOf } from "../support/digest-samples.js";
import { ScriptedShard } from "../support/scripted-shard.js";

const never = new AbortController().signal;
const rule = { linger: micros(0), drain: micros(0) };
const acceptance = (messageId: string): Acceptance => ({
  broadcast: { productKey: "pk", topicFullName: null, body: Buffer.from("{}"), dueAt: micros(1000) },
  messageId,
  requestId: "r",
  sentAt: micros(1100),
  acceptedAt: micros(3000),
});
const fleetOf = (shards: readonly ScriptedShard[], observer: FleetObserver = {}, now = () => 1e12) =>
  new ShardedFleet(
    shards.map((shard) => shard.part),
    () => micros(now()),
    observer,
  );
const settle = (fleet: ShardedFleet, messageId = "7", signal = never, settling = rule) =>
  fleet.settle(acceptance(messageId), settling, () => micros(1), true, signal);

test("the fleet is online when every shard has said how it went", async () => {
  const first = new ScriptedShard(2, (command, shard) => {
    if (command.kind !== "connect") return false;
    shard.connected(1, { "connack-5": 1 }, 500, 1_000_000);
    return true;
  });
  const second = new ScriptedShard(3, (command, shard) => {
    if (command.kind !== "connect") return false;
    shard.connected(1, { "connack-5": 1, ECONNREFUSED: 1 }, 1000, 2_000_500);
    return true;
  });
  const online = await fleetOf([first, second]).connect(never);
  assert.deepEqual([online.requested, online.online, online.seconds], [5, 2, 2]);
  assert.deepEqual(online.failed, { "connack-5": 2, ECONNREFUSED: 1 });
  assert.equal(online.failedTexts["ECONNREFUSED"], "text of ECONNREFUSED");
  assert.equal(online.connect.count, 2);
});

test("how many were online at the most is remembered when they are gone", () => {
  const [first, second] = [new ScriptedShard(3), new ScriptedShard(3)];
  const fleet = fleetOf([first, second]);
  const standing = (online: number) => ({ kind: "standing", online, refused: 0 }) as const;
  assert.equal(fleet.mostOnline, 0);
  first.report(standing(3));
  second.report(standing(2));
  first.report(standing(0));
  second.report(standing(3));
  assert.deepEqual([fleet.online, fleet.mostOnline], [3, 5]);
});

test("a fleet of which nobody came online took no time", async () => {
  const shard = new ScriptedShard(1, (command, self) => {
    if (command.kind !== "connect") return false;
    self.connected(0, { ECONNREFUSED: 1 });
    return true;
  });
  const online = await fleetOf([shard]).connect(never);
  assert.deepEqual([online.online, online.seconds], [0, 0]);
});

test("a shard that could not be made fails the fleet, before or while it is asked, and is not waited for again", async () => {
  const fail = (shard: ScriptedShard) =>
    shard.report({ kind: "failed", code: "bad-input-file", message: "ca.pem: not PEM", hint: "give a PEM file" });
  const early = new ScriptedShard(1, () => true);
  const waiting = fleetOf([early, new ScriptedShard(1)]);
  fail(early);
  const isIt = (thrown: unknown) =>
    thrown instanceof IotbError && thrown.code === "bad-input-file" && thrown.hint === "give a PEM file";
  await assert.rejects(waiting.connect(never), isIt);

  const late = new ScriptedShard(1, (command, self) => {
    if (command.kind === "connect") fail(self);
    return command.kind !== "prepare";
  });
  const fleet = fleetOf([
    late,
    new ScriptedShard(1, (command, self) => {
      if (command.kind === "stop") self.stopped({ receipts: 3 });
      return command.kind === "stop";
    }),
  ]);
  await assert.rejects(fleet.connect(never), isIt);
  assert.equal((await fleet.stop()).receipts, 3, "the others' totals are kept");
});

test("an abort ends the wait for the fleet", async () => {
  const stop = new AbortController();
  const shard = new ScriptedShard(1, () => true);
  const connecting = fleetOf([shard]).connect(stop.signal);
  stop.abort();
  await assert.rejects(connecting, (thrown) => thrown instanceof IotbError && thrown.code === "interrupted");
  await assert.rejects(fleetOf([shard]).connect(stop.signal), IotbError, "aborted before it began");
});

test("a broadcast settles into the merged digests of its shards, told once what was accepted and until when to keep the past", async () => {
  const shards = [new ScriptedShard(2), new ScriptedShard(3)];
  const fleet = fleetOf(shards);
  await fleet.connect(never);
  await fleet.expect(acceptance("7").broadcast, never);
  const { digest } = await settle(fleet);
  assert.deepEqual([digest.messageId, digest.expected, digest.delivered], ["7", 5, 5]);
  assert.deepEqual(
    shards[0]?.commands.map(({ kind }) => kind),
    ["prepare", "connect", "live", "expect", "accepted", "settle"],
  );
  assert.deepEqual(shards[0]?.commands.at(-1), {
    kind: "settle",
    messageId: "7",
    dueAt: 1000,
    settledAt: 1e12,
    keepFrom: 1,
    timed: true,
  });
});

test("progress is added up over the shards; until one has spoken, all it has online is outstanding", async () => {
  const told: string[] = [];
  const quiet = new ScriptedShard(4, ({ kind }) => kind === "accepted");
  const fleet = fleetOf([quiet, new ScriptedShard(2)], {
    onProgress: (messageId, expected, arrived) => told.push(`${messageId} ${arrived}/${expected}`),
  });
  await fleet.connect(never);
  await settle(fleet);
  assert.deepEqual(told, ["7 2/6"]);
});

test("progress of a broadcast that is not in flight is nothing", async () => {
  const told: string[] = [];
  const shard = new ScriptedShard(1);
  const fleet = fleetOf([shard], { onProgress: (id) => told.push(id) });
  await fleet.connect(never);
  shard.progress("666", 0, micros(5));
  await settle(fleet);
  shard.progress("7", 0, micros(5));
  assert.deepEqual(told, ["7"]);
});

test("a broadcast waits for the linger once everybody has it, and for the drain while someone has not", async () => {
  for (const outstanding of [0, 1]) {
    let now = 0;
    const looks: number[] = [];
    const shard = new ScriptedShard(1, ({ kind, ...command }, self) => {
      if (kind === "settle") looks.push(now);
      if (kind !== "accepted" || !("messageId" in command)) return false;
      self.progress(command.messageId, outstanding, micros(10_000));
      return true;
    });
    const fleet = fleetOf([shard], {}, () => {
      now += 1000;
      return now;
    });
    await fleet.connect(never);
    await settle(fleet, "7", never, { linger: micros(5000), drain: micros(20_000) });
    const [at = 0] = looks;
    assert.ok(outstanding === 0 ? at >= 15_000 && at < 25_000 : at >= 30_000 && at < 40_000, `${at}`);
  }
});

test("an abort settles what is in flight as it stands", async () => {
  const stop = new AbortController();
  const shard = new ScriptedShard(1, ({ kind }) => {
    if (kind !== "accepted") return false;
    stop.abort();
    return true;
  });
  const fleet = fleetOf([shard], {}, () => 0);
  await fleet.connect(never);
  const { digest } = await settle(fleet, "7", stop.signal, { linger: micros(1e9), drain: micros(1e9) });
  assert.equal(digest.delivered, 1);
});

test("no listener stays at the signal, however many broadcasts", async () => {
  const stop = new AbortController();
  const fleet = fleetOf([new ScriptedShard(1)]);
  await fleet.connect(stop.signal);
  for (let i = 0; i < 12; i++) {
    await fleet.expect(acceptance(`${i}`).broadcast, stop.signal);
    await settle(fleet, `${i}`, stop.signal);
  }
  assert.equal(getEventListeners(stop.signal, "abort").length, 0);
});

test("presence and connecting tell who is online now", async () => {
  const told: unknown[] = [];
  const [one, other] = [new ScriptedShard(2), new ScriptedShard(2)];
  const fleet = fleetOf([one, other], {
    onConnecting: (online, refused) => told.push(["connecting", online, refused]),
    onPresence: (changes, online) => told.push(["presence", changes.length, online]),
    onKicked: (device) => told.push(["kicked", device]),
  });
  one.report({ kind: "connecting", online: 1, refused: 1 });
  other.report({ kind: "connecting", online: 2, refused: 0 });
  one.report({ kind: "presence", changes: [{ device: 0, at: micros(1), state: "online" }], online: 2 });
  one.report({ kind: "kicked", device: 1 });
  assert.deepEqual(told, [
    ["connecting", 1, 1],
    ["connecting", 3, 1],
    ["presence", 1, 4],
    ["kicked", 1],
  ]);
  assert.equal(fleet.online, 4);
});

test("what the shards counted in all is added up", async () => {
  const totals = (more: object) => (command: { kind: string }, self: ScriptedShard) => {
    if (command.kind === "stop") self.stopped(more);
    return command.kind === "stop";
  };
  const ids = Array.from({ length: 10 }, (_, i) => `${i}`);
  const fleet = fleetOf([
    new ScriptedShard(
      1,
      totals({
        receipts: 1,
        reconnects: 2,
        published: 5,
        foreign: 3,
        afterSettling: 4,
        foreignIds: ids,
        latest: [{ device: 0, broadcasts: 2, meanUs: 5, maxUs: 6 }],
        disconnects: { stopped: 1 },
      }),
    ),
    new ScriptedShard(
      1,
      totals({
        receipts: 10,
        published: 6,
        foreign: 1,
        foreignIds: ["0", "x"],
        latest: [{ device: 1, broadcasts: 1, meanUs: 7, maxUs: 7 }],
        disconnects: { stopped: 2, kicked: 1 },
      }),
    ),
  ]);
  assert.deepEqual(await fleet.stop(), {
    receipts: 11,
    reconnects: 2,
    published: 11,
    foreign: 4,
    afterSettling: 4,
    foreignIds: ids,
    latest: [
      { device: 1, broadcasts: 1, meanUs: 7, maxUs: 7 },
      { device: 0, broadcasts: 2, meanUs: 5, maxUs: 6 },
    ],
    disconnects: { stopped: 3, kicked: 1 },
  });
});

test("digests of another broadcast are not taken for this one's", async () => {
  const shard = new ScriptedShard(1, (command, self) => {
    if (command.kind !== "settle") return false;
    self.report({ kind: "digest", digest: digestOf([null], "666"), load: null, arrivals: null });
    self.report({ kind: "digest", digest: digestOf([1], command.messageId), load: null, arrivals: null });
    return true;
  });
  const fleet = fleetOf([shard]);
  await fleet.connect(never);
  assert.equal((await settle(fleet)).digest.delivered, 1);
});
