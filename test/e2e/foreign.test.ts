import assert from "node:assert/strict";
import { test } from "node:test";
import { readTripletFile } from "../../src/files/triplet-file.js";
import { signConnect } from "../../src/protocol/mqtt-credentials.js";
import { DEVICES_4, PAYLOAD, PRODUCT, startPlatformProgram } from "../support/e2e-platform.js";
import { ProgramUnderTest, runIotb } from "../support/e2e-process.js";
import { skipWithout } from "../support/mqtt-foreign-peers.js";

test("mosquitto_sub logs in to iotb platform and gets a broadcast it never subscribed to", {
  skip: skipWithout("mosquitto_sub", "--help"),
}, async () => {
  await using platform = await startPlatformProgram();
  const { triplets } = await readTripletFile(DEVICES_4);
  const [triplet] = triplets;
  assert.ok(triplet);
  const { clientId, username, password } = signConnect(triplet, { method: "hmacsha256", secureMode: 3 });
  const { port } = new URL(platform.ready.mqtt);
  const login = ["-i", clientId, "-u", username, "-P", password, "-k", "60"];
  const topic = `/${PRODUCT}/${triplet.deviceName}/user/get`;
  const where = ["-h", "127.0.0.1", "-p", port, "-t", topic, "-C", "1", "-W", "20", "-F", "%t %p"];
  await using peer = new ProgramUnderTest("mosquitto_sub", [...where, ...login], {});
  await Promise.race([platform.online([triplet], 1), peer.ended.then(({ stderr }) => assert.fail(stderr))]);
  const args = ["broadcast", PAYLOAD, "--product-key", PRODUCT, "--endpoint", platform.ready.pop, "--json"];
  const sent = await runIotb([...args, "--instance-id", platform.ready.instanceId]);
  assert.equal(sent.code, 0, sent.stderr);
  const { messageId } = JSON.parse(sent.stdout) as { messageId: string };
  const got = await peer.ended;
  assert.equal(got.code, 0, got.stderr);
  assert.equal(
    got.stdout,
    `/sys/${PRODUCT}/${triplet.deviceName}/broadcast/request/${messageId} {"volume":80,"mode":4}\n`,
  );
});
