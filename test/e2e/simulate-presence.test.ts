import assert from "node:assert/strict";
import { test } from "node:test";
import { readTripletFile } from "../../src/files/triplet-file.js";
import { DEVICES_4, startPlatformProgram } from "../support/e2e-platform.js";
import { runIotb, startIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";
import { connack, ScriptedPeer } from "../support/mqtt-scripted-peer.js";
import { openOnline } from "../support/platform-device.js";
import { nth } from "../support/platform-start.js";

const SIMULATE = ["devices", "simulate", "--devices", DEVICES_4];

test("devices come back with back-off after the platform restarts on its port", async () => {
  using scratch = new Scratch();
  const { triplets } = await readTripletFile(DEVICES_4);
  const two = triplets.slice(0, 2);
  const file = scratch.at("receipts.ndjson");
  await using first = await startPlatformProgram();
  const { mqtt } = first.ready;
  await using simulate = startIotb([...SIMULATE, "-c", "2", "-h", mqtt, "--receipts", file, "--json"]);
  await simulate.printed(/online 2\/2/);
  assert.equal((await first.program.interrupt()).code, 130);
  await using second = await startPlatformProgram({ mqttPort: Number(new URL(mqtt).port) });
  await second.online(two, 2);
  const { code, stdout, stderr } = await simulate.interrupt();
  assert.equal(code, 130, stderr);
  const { reconnects, disconnects } = JSON.parse(stdout) as { reconnects: number; disconnects: Record<string, number> };
  assert.equal(reconnects, 2);
  assert.equal(disconnects["stopped"], 2);
  for (const { deviceName } of two) {
    const lines = scratch.records("receipts.ndjson").filter((record) => record["deviceName"] === deviceName);
    assert.deepEqual(
      lines.map(({ state }) => state),
      ["online", "offline", "online", "offline"],
    );
    const [, lost, back] = lines.map(({ atUs }) => Number(atUs));
    assert.ok((back ?? 0) - (lost ?? 0) >= 400_000, "not at once: the back-off starts at a second, jitter included");
  }
  assert.deepEqual(scratch.records("receipts.ndjson").at(-1), { schema: "iotb.end/1", presences: 8, receipts: 0 });
});

test("CONNACK 5 is final: one login, however long the command runs on", async () => {
  await using peer = await ScriptedPeer.start();
  const host = `mqtt://127.0.0.1:${peer.port}`;
  await using simulate = startIotb([...SIMULATE, "-c", "1", "-h", host, "-w", "0", "-d", "1500ms", "--json"]);
  const connection = await peer.connection();
  await connection.login();
  connection.send(connack(5));
  let more = 0;
  void peer.connection().then(() => more++);
  const { code, stdout, stderr } = await simulate.ended;
  assert.equal(code, 0, stderr);
  assert.equal(more, 0, "no second connection although a retry would have been due after a second");
  assert.deepEqual(Reflect.get(JSON.parse(stdout) as object, "failed"), { "connack-5": 1 });
});

test("CONNACK 3 is tried again", async () => {
  await using peer = await ScriptedPeer.start();
  const host = `mqtt://127.0.0.1:${peer.port}`;
  await using simulate = startIotb([...SIMULATE, "-c", "1", "-h", host]);
  const refused = await peer.connection();
  await refused.login();
  refused.send(connack(3));
  await peer.welcomed();
  await simulate.printed(/online 1\/1/);
  assert.equal((await simulate.interrupt()).code, 130);
});

test("--wait-for-fleet decides: exit 5 below it, on with fewer above it", async () => {
  using scratch = new Scratch();
  await using platform = await startPlatformProgram();
  const { triplets } = await readTripletFile(DEVICES_4);
  const rows = triplets.map(
    ({ deviceName, deviceSecret, productKey }, i) =>
      `${deviceName},${i === 1 ? "0".repeat(32) : deviceSecret},${productKey}`,
  );
  const file = scratch.write("devices.csv", `DeviceName,DeviceSecret,ProductKey\n${rows.join("\n")}\n`);
  const simulate = ["devices", "simulate", "--devices", file, "-h", platform.ready.mqtt, "-d", "10ms", "--json"];
  const below = await runIotb(simulate);
  assert.equal(below.code, 5);
  assert.match(below.stderr, /error: 3 of 4 devices are online, 4 are needed; 1 × connack-5: .*; not online: dk002$/m);
  assert.equal(Reflect.get(JSON.parse(below.stdout) as object, "online"), 3);
  for (const share of ["75%", "3"]) {
    const above = await runIotb([...simulate, "-w", share]);
    assert.equal(above.code, 0, above.stderr);
    assert.match(above.stderr, /^online 3\/4 in .*not online: dk002$/m);
  }
});

test("a device that another client takes over stops the run and never comes back", async () => {
  await using platform = await startPlatformProgram();
  const { triplets } = await readTripletFile(DEVICES_4);
  await using simulate = startIotb([...SIMULATE, "-c", "2", "-h", platform.ready.mqtt, "--json"]);
  await simulate.printed(/online 2\/2/);
  await using other = await openOnline(platform.ready.mqtt, nth(triplets, 0));
  const { code, stdout, stderr } = await simulate.ended;
  assert.equal(code, 2);
  assert.match(stderr, /error: .*dk001/);
  assert.match(stderr, /hint: /);
  assert.deepEqual(Reflect.get(JSON.parse(stdout) as object, "disconnects"), { kicked: 1, stopped: 1 });
  await platform.online(triplets, 1);
  assert.deepEqual(
    [other.socket.destroyed, other.socket.readableEnded],
    [false, false],
    "the one that took over stays",
  );
  assert.match((await platform.program.interrupt()).stderr, /stopped after 3 logins/);
});
