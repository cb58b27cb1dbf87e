import assert from "node:assert/strict";
import { test } from "node:test";
import { createMonotonicClock } from "../../src/domain/clock.js";
import { createLeanEngine } from "../../src/fleet/lean-engine.js";
import { EngineStage, triplets } from "../support/mqtt-engine-stage.js";
import { ScriptedPeer } from "../support/mqtt-scripted-peer.js";

test("a device that came online a moment ago is not pinged in its next turn, but in the one after", async () => {
  await using peer = await ScriptedPeer.start();
  const clock = createMonotonicClock();
  // turns come each second, the first of them soon after the login
  const pingPhase = (clock() / 1e6 + 0.2) % 1;
  await using stage = await EngineStage.set(createLeanEngine, peer.port, { keepaliveSeconds: 2, clock, pingPhase });
  stage.open();
  const connection = await peer.welcomed();
  const [online] = await stage.sink.heard("online");
  assert.equal((await connection.packet()).cmd, "pingreq");
  assert.ok(clock() - (online?.at ?? 0) >= 500_000, "not in the first quarter of the keepalive");
});

test("many connections end in slices: the event loop has its turns, and every end is told", async () => {
  await using peer = await ScriptedPeer.start();
  const count = 600;
  const stage = await EngineStage.set(createLeanEngine, peer.port, { devices: triplets(count) });
  for (let device = 0; device < count; device++) stage.open(device);
  const welcomed = Array.from({ length: count }, () => peer.welcomed());
  await Promise.all(welcomed);
  await stage.sink.heard("online", count);
  const ended = stage[Symbol.asyncDispose]();
  const told: number[] = [];
  const look = () => {
    told.push(stage.sink.events.filter(({ kind }) => kind === "offline").length);
    if (told.at(-1) !== count) setImmediate(look);
  };
  look();
  await ended;
  assert.ok((told[0] ?? 0) <= 256, `${told[0]} at once`);
  const offline = await stage.sink.heard("offline", count);
  assert.deepEqual([...new Set(offline.map(({ reason }) => reason))], ["stopped"]);
});
