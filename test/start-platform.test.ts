// How a test suite of somebody else's uses the package: by its name, with the vendor's API client and a plain MQTT client.
import assert from "node:assert/strict";
import { test } from "node:test";
import RPCClient from "@alicloud/pop-core";
import { type Platform, startPlatform } from "iotb";
import { connectAsync } from "mqtt";
import { signConnect } from "../src/protocol/mqtt-credentials.js";

const broadcast = (platform: Platform, text: string): Promise<{ MessageId: unknown }> =>
  new RPCClient({ endpoint: platform.popUrl, apiVersion: "2018-01-20", ...platform.accessKey }).request(
    "PubBroadcast",
    {
      ProductKey: platform.productKey,
      IotInstanceId: platform.instanceId,
      MessageContent: Buffer.from(text).toString("base64"),
    },
    { method: "POST" },
  );

test("a suite holds a platform, connects a device and broadcasts to it", async () => {
  await using platform = await startPlatform({ devices: 3 });
  const [triplet] = platform.devices;
  assert.ok(triplet);
  const device = await connectAsync(platform.mqttUrl, signConnect(triplet, { method: "hmacsha256", secureMode: 3 }));
  try {
    const arrived = new Promise<readonly [string, Buffer]>((resolve) => {
      device.once("message", (topic, payload) => resolve([topic, payload]));
    });
    const { MessageId } = await broadcast(platform, '{"volume":80}');
    const [topic, payload] = await arrived;
    assert.equal(topic, `/sys/${triplet.productKey}/${triplet.deviceName}/broadcast/request/${String(MessageId)}`);
    assert.equal(String(payload), '{"volume":80}');
  } finally {
    await device.endAsync(true);
  }
  assert.deepEqual([platform.devices.length, platform.counters().deliveries], [3, 1]);
});

test("stopping twice is stopping once, and the ports are free again", async () => {
  const first = await startPlatform();
  const ports = { mqttPort: Number(new URL(first.mqttUrl).port), popPort: Number(new URL(first.popUrl).port) };
  await Promise.all([first.stop(), first.stop()]);
  await using second = await startPlatform(ports);
  assert.deepEqual([second.mqttUrl, second.popUrl], [first.mqttUrl, first.popUrl]);
});

test("a port that is taken is an error with a code, and nothing is left running", async () => {
  await using platform = await startPlatform({ devices: 1 });
  const popPort = Number(new URL(platform.popUrl).port);
  await assert.rejects(startPlatform({ popPort }), { name: "IotbError", code: "port-in-use" });
});

test("the package exports nothing else", async () => {
  assert.deepEqual(Object.keys(await import("iotb")), ["startPlatform"]);
});
