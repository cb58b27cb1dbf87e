import assert from "node:assert/strict";
import { test } from "node:test";
import { connectPacket, nextConnack, nextPublish, openOnline, openRaw, settle } from "../support/platform-device.js";
import { callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(3);
const first = nth(devices, 0);
const signed = connectPacket(first);
const clientId = "clientId" in signed ? signed.clientId : "";

const cases: [name: string, changes: Record<string, unknown>, returnCode: number][] = [
  ["a signed login", {}, 0],
  ["MQTT 3.1", { protocolId: "MQIsdp", protocolVersion: 3 }, 0],
  ["a client id without parameters", { clientId: "plain" }, 2],
  ["a client id over 64 characters", { clientId: `${"x".repeat(65)}|securemode=3|` }, 2],
  ["an unknown sign method", { clientId: "x|signmethod=rot13|" }, 2],
  ["no keep-alive", { keepalive: 0 }, 3],
  ["a keep-alive of 29 s", { keepalive: 29 }, 3],
  ["a keep-alive of 30 s", { keepalive: 30 }, 0],
  ["a user name without a product", { username: "dev_000000" }, 4],
  ["no user name", { username: undefined, password: undefined }, 4],
  ["a password that is no digest", { password: Buffer.from("secret") }, 4],
  ["another product", { username: "dev_000000&other" }, 5],
  ["another device", { username: `dev_009999&${PRODUCT}` }, 5],
  ["a device's signature for another", { username: `dev_000001&${PRODUCT}` }, 5],
  ["a client id that is not the signed one", { clientId: clientId.replace("|", "x|") }, 5],
];

for (const [name, changes, returnCode] of cases) {
  test(`${name} gets CONNACK ${returnCode}`, async () => {
    await using platform = await startPlatform(devices);
    await using device = await openRaw(platform.mqttUrl);
    device.send(connectPacket(first, changes));
    const connack = await nextConnack(device);
    assert.deepEqual([connack.returnCode, connack.sessionPresent], [returnCode, false]);
    if (returnCode === 0) {
      await settle(device);
      assert.equal(platform.counters().online, 1);
    } else {
      assert.deepEqual(await device.ended(), []);
      assert.equal(platform.counters().online, 0);
    }
  });
}

test("a login in upper-case hex is good", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openRaw(platform.mqttUrl);
  const password = "password" in signed ? String(signed.password).toUpperCase() : "";
  device.send(connectPacket(first, { password: Buffer.from(password) }));
  assert.equal((await nextConnack(device)).returnCode, 0);
});

test("the newer connection of a device wins, and the older hears why", async () => {
  await using platform = await startPlatform(devices);
  await using older = await openOnline(platform.mqttUrl, first);
  await using newer = await openOnline(platform.mqttUrl, first);
  const notice = await nextPublish(older);
  assert.equal(notice.topic, "/ext/notify");
  assert.equal(notice.qos, 0);
  assert.equal(notice.payload.toString(), '{"title":"kick","content":"Kicked by the same device"}');
  assert.deepEqual(await older.ended(), []);
  await settle(newer);
  const { online, connects, closed } = platform.counters();
  assert.deepEqual({ online, connects, closed }, { online: 1, connects: 2, closed: { kicked: 1 } });
});

test("a device's state follows its connection", async () => {
  await using platform = await startPlatform(devices);
  const state = async () => {
    const { json } = await callApi(platform, "GetDeviceStatus", { ProductKey: PRODUCT, DeviceName: first.deviceName });
    return (json["Data"] as Record<string, unknown>)["Status"];
  };
  assert.equal(await state(), "UNACTIVE");
  const device = await openOnline(platform.mqttUrl, first);
  assert.equal(await state(), "ONLINE");
  device.send({ cmd: "disconnect" });
  await device.ended();
  assert.equal(await state(), "OFFLINE");
  assert.deepEqual(platform.counters().closed, { disconnect: 1 });
});

test("what a client sends right behind its CONNECT is read", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openRaw(platform.mqttUrl);
  device.send(connectPacket(first), { cmd: "pingreq" });
  assert.equal((await nextConnack(device)).returnCode, 0);
  assert.equal((await device.next()).cmd, "pingresp");
});
