import assert from "node:assert/strict";
import { test } from "node:test";
import { createLeanEngine } from "../../src/fleet/lean-engine.js";
import { encodePublish } from "../../src/protocol/publish-packet.js";
import { EngineStage } from "../support/mqtt-engine-stage.js";
import { ScriptedPeer } from "../support/mqtt-scripted-peer.js";

test("a server that sends QoS 1 and never reads the acknowledgements is cut off", { timeout: 60_000 }, async () => {
  await using peer = await ScriptedPeer.start();
  await using stage = await EngineStage.set(createLeanEngine, peer.port);
  stage.open();
  const { socket } = await peer.welcomed();
  await stage.sink.heard("online");
  socket.pause();
  // the sink keeps nothing: the flood is as long as the kernel's buffers make it
  stage.sink.message = () => undefined;
  const flood = Buffer.concat(Array.from({ length: 20_000 }, () => encodePublish("t", Buffer.of(), 1, 1)));
  const send = () => {
    if (!socket.destroyed) socket.write(flood, () => setImmediate(send));
  };
  send();
  const [offline] = await stage.sink.heard("offline");
  assert.deepEqual([offline?.reason, offline?.closedBy], ["write-stalled", "network"]);
});
