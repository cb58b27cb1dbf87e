import assert from "node:assert/strict";
import { test } from "node:test";
import { broadcastTopic } from "../../src/protocol/topics.js";
import {
  connectPacket,
  nextPublish,
  openOnline,
  openWith,
  type RawDevice,
  settle,
  subscribeTo,
} from "../support/platform-device.js";
import { pubTo } from "../support/platform-pub.js";
import { broadcastTo, callApi, nth, PRODUCT, triplets } from "../support/platform-start.js";
import { startStage, WORKERS, type WorkersStage } from "../support/platform-workers.js";

const devices = triplets(7);

/** All devices online, device i at worker (i + shift) mod 3. */
const fleetAt = (stage: WorkersStage, shift: number): Promise<RawDevice[]> =>
  Promise.all(devices.map((device, i) => openOnline(stage.url((i + shift) % WORKERS), device)));

const dispose = async (fleet: readonly RawDevice[]): Promise<void> => {
  for (const device of fleet) await device[Symbol.asyncDispose]();
};

for (const [name, shift] of [
  ["where they belong", 0],
  ["each at another worker", 1],
] as const) {
  test(`a broadcast reaches all devices once, with one id: ${name}`, async () => {
    await using stage = await startStage(devices);
    const fleet = await fleetAt(stage, shift);
    const ids = [await broadcastTo(stage, "one"), await broadcastTo(stage, "two")];
    assert.ok(BigInt(ids[0] ?? 0) < BigInt(ids[1] ?? 0));
    for (const [i, device] of fleet.entries()) {
      for (const [k, body] of ["one", "two"].entries()) {
        const { topic, payload } = await nextPublish(device);
        assert.deepEqual([topic, payload.toString()], [broadcastTopic(nth(devices, i), ids[k] ?? ""), body]);
      }
      await settle(device); // nothing more before the answer
    }
    const { broadcasts, deliveries, connects, online } = await stage.counters();
    assert.deepEqual([broadcasts, deliveries, connects, online], [2, 14, 7, 7]);
    await dispose(fleet);
  });
}

test("a broadcast to subscribers finds them on every worker", async () => {
  await using stage = await startStage(devices);
  const fleet = await fleetAt(stage, 0);
  const topic = `/broadcast/${PRODUCT}/group1`;
  for (const device of fleet.slice(0, 4)) assert.deepEqual(await subscribeTo(device, [topic]), [0]);
  await broadcastTo(stage, "to the group", { TopicFullName: topic });
  for (const device of fleet.slice(0, 4)) assert.equal((await nextPublish(device)).topic, topic);
  for (const device of fleet) await settle(device);
  await dispose(fleet);
});

test("a session and what waits in it move with the device, unacknowledged messages first", async () => {
  await using stage = await startStage(devices);
  const me = nth(devices, 0);
  const topic = `/${PRODUCT}/${me.deviceName}/user/get`;
  const first = await openWith(stage.url(0), connectPacket(me, { clean: false }));
  assert.deepEqual(await subscribeTo(first.device, [topic], 1), [1]);
  await pubTo(stage, topic, "unacknowledged");
  assert.equal((await nextPublish(first.device)).payload.toString(), "unacknowledged");
  first.device.send({ cmd: "disconnect" });
  await first.device.ended();
  await pubTo(stage, topic, "queued");
  const second = await openWith(stage.url(1), connectPacket(me, { clean: false }));
  assert.equal(second.connack.sessionPresent, true);
  const again = await nextPublish(second.device);
  assert.deepEqual([again.payload.toString(), again.dup], ["unacknowledged", true]);
  assert.equal((await nextPublish(second.device)).payload.toString(), "queued");
  // live from one worker to the next: it is kicked there and goes on here
  const third = await openWith(stage.url(2), connectPacket(me, { clean: false }));
  assert.equal(third.connack.sessionPresent, true);
  assert.deepEqual(
    [(await nextPublish(third.device)).payload.toString(), (await nextPublish(third.device)).payload.toString()],
    ["unacknowledged", "queued"],
  );
  const fourth = await openWith(stage.url(0), connectPacket(me));
  assert.equal(fourth.connack.sessionPresent, false);
  await settle(fourth.device);
  for (const { device } of [first, second, third, fourth]) await device[Symbol.asyncDispose]();
});

test("messages to one device reach it wherever it is, and are counted where they cannot", async () => {
  await using stage = await startStage(devices);
  const fleet = await fleetAt(stage, 2);
  for (const [i, device] of fleet.entries()) {
    const topic = `/${PRODUCT}/${nth(devices, i).deviceName}/user/get`;
    await pubTo(stage, topic, "nobody listens", 0);
    assert.deepEqual(await subscribeTo(device, [topic]), [0]);
    await pubTo(stage, topic, `for ${i}`, 0);
    assert.equal((await nextPublish(device)).payload.toString(), `for ${i}`);
  }
  assert.deepEqual((await stage.counters()).undelivered, { "not-subscribed": 7 });
  await dispose(fleet);
});

test("RRpc asks a device on any worker and answers with what it says", async () => {
  await using stage = await startStage(devices);
  const fleet = await fleetAt(stage, 1);
  for (const [i, device] of fleet.entries()) {
    const { deviceName } = nth(devices, i);
    await stage.untilStatus(deviceName, "ONLINE");
    await subscribeTo(device, [`/sys/${PRODUCT}/${deviceName}/rrpc/request/+`]);
    const RequestBase64Byte = Buffer.from("how are you").toString("base64");
    const call = { ProductKey: PRODUCT, DeviceName: deviceName, RequestBase64Byte, Timeout: "8000" };
    const answer = callApi(stage, "RRpc", call);
    const asked = await nextPublish(device);
    const topic = asked.topic.replace("/request/", "/response/");
    const payload = Buffer.from(`fine ${i}`);
    device.send({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false });
    const { json } = await answer;
    assert.deepEqual(
      [json["RrpcCode"], Buffer.from(String(json["PayloadBase64Byte"]), "base64").toString()],
      ["SUCCESS", `fine ${i}`],
    );
  }
  await dispose(fleet);
});

test("more broadcasts than workers may have waiting are answered with ServiceUnavailable", async () => {
  await using stage = await startStage(devices, { limits: { pendingBroadcasts: 0 } });
  const { status, json } = await callApi(stage, "PubBroadcast", { ProductKey: PRODUCT, MessageContent: "YQ==" });
  assert.deepEqual([status, json["Code"]], [503, "ServiceUnavailable"]);
});

test("room comes back when broadcasts are written out", async () => {
  await using stage = await startStage(devices, { limits: { pendingBroadcasts: 1 } });
  const fleet = await fleetAt(stage, 0);
  for (let taken = 0; taken < 3; ) {
    const { status } = await callApi(stage, "PubBroadcast", { ProductKey: PRODUCT, MessageContent: "YQ==" });
    if (status === 200) taken += 1;
    else assert.equal(status, 503);
  }
  for (const device of fleet) for (let i = 0; i < 3; i++) await nextPublish(device);
  await dispose(fleet);
});
