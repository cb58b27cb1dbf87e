import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { connectAsync } from "mqtt";
import { signConnect } from "../../src/protocol/mqtt-credentials.js";
import { broadcastTo, callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(2);
const MOSQUITTO_SUB = "/usr/bin/mosquitto_sub";
const missing =
  existsSync(MOSQUITTO_SUB) || process.env["IOTB_REQUIRE_PEERS"] === "1" ? false : "mosquitto_sub is not installed";

test("MQTT.js gets a broadcast it never subscribed to, and QoS 1 works both ways", async () => {
  await using platform = await startPlatform(devices);
  const triplet = nth(devices, 0);
  const login = signConnect(triplet, { method: "hmacsha1", secureMode: 3, timestamp: "1700000000000" });
  const client = await connectAsync(platform.mqttUrl, { ...login, keepalive: 60, reconnectPeriod: 0 });
  const message = new Promise<[string, Buffer]>((resolve) => {
    client.once("message", (topic, payload) => resolve([topic, payload]));
  });
  const id = await broadcastTo(platform, '{"volume":80}');
  const [topic, payload] = await message;
  assert.equal(topic, `/sys/${PRODUCT}/${triplet.deviceName}/broadcast/request/${id}`);
  assert.equal(payload.toString(), '{"volume":80}');
  const granted = await client.subscribeAsync(`/${PRODUCT}/${triplet.deviceName}/user/get`, { qos: 1 });
  assert.equal(granted[0]?.qos, 1);
  await client.publishAsync(`/${PRODUCT}/${triplet.deviceName}/user/update`, "up", { qos: 1 });
  assert.equal(platform.counters().upstream, 1);
  await client.endAsync();
});

test("mosquitto_sub gets a broadcast it never subscribed to", { skip: missing }, async () => {
  await using platform = await startPlatform(devices);
  const triplet = nth(devices, 1);
  const { clientId, username, password } = signConnect(triplet, { method: "hmacsha256", secureMode: 3 });
  const { port } = new URL(platform.mqttUrl);
  const topic = `/${PRODUCT}/${triplet.deviceName}/user/get`;
  const login = ["-i", clientId, "-u", username, "-P", password, "-k", "60"];
  const where = ["-h", "127.0.0.1", "-p", port, "-t", topic, "-C", "1", "-W", "20", "-F", "%t %p"];
  const peer = spawn(MOSQUITTO_SUB, [...where, ...login], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(peer, "close") as Promise<[number]>;
  let output = "";
  peer.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  // Its own output is buffered until it ends, so the platform is asked whether it is online. Its -W ends it in any case.
  while (peer.exitCode === null && platform.counters().online === 0) {
    await callApi(platform, "QueryDeviceStatistics", { ProductKey: PRODUCT });
  }
  const id = await broadcastTo(platform, "from far away");
  const [code] = await ended;
  assert.equal(code, 0, output);
  assert.equal(output, `/sys/${PRODUCT}/${triplet.deviceName}/broadcast/request/${id} from far away\n`);
});
