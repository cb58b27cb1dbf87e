import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  connectPacket,
  connectPacket5,
  nextPublish,
  openOnline,
  openWith,
  type RawDevice,
  settle,
  subscribeTo,
} from "../support/platform-device.js";
import { broadcastTo, callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(4);
const others = triplets(2, "b2OtherProd");

/** Fails if a device has anything waiting besides its answer to a PING. */
const nothingFor = async (device: RawDevice): Promise<void> => settle(device);

test("a full broadcast reaches every online device of its product and no other, byte for byte", async () => {
  await using platform = await startPlatform([...devices, ...others]);
  await using one = await openOnline(platform.mqttUrl, nth(devices, 0));
  await using two = await openOnline(platform.mqttUrl, nth(devices, 1));
  await using stranger = await openOnline(platform.mqttUrl, nth(others, 0));
  for (const body of [
    Buffer.alloc(0),
    Buffer.from([0, 255, 10]),
    Buffer.alloc(1023, 1),
    Buffer.alloc(1024, 2),
    Buffer.alloc(65_536, 0xff),
  ]) {
    if (body.length === 0) continue; // MessageContent is mandatory: an empty one cannot be sent
    const id = await broadcastTo(platform, body);
    assert.match(id, /^\d{19}$/);
    for (const [device, i] of [
      [one, 0],
      [two, 1],
    ] as const) {
      const { topic, payload, qos, dup, retain } = await nextPublish(device);
      assert.equal(topic, `/sys/${PRODUCT}/${nth(devices, i).deviceName}/broadcast/request/${id}`);
      assert.ok(body.equals(payload));
      assert.deepEqual({ qos, dup, retain }, { qos: 0, dup: false, retain: false });
    }
  }
  await nothingFor(stranger);
  assert.deepEqual([platform.counters().broadcasts, platform.counters().deliveries], [4, 8]);
});

test("subscribing to the broadcast topic changes nothing: one copy each", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
  const name = nth(devices, 0).deviceName;
  assert.deepEqual(await subscribeTo(device, [`/sys/${PRODUCT}/${name}/broadcast/request/+`]), [0]);
  await broadcastTo(platform, "once");
  assert.equal((await nextPublish(device)).payload.toString(), "once");
  await nothingFor(device);
});

test("only the devices online at acceptance are targets, and the rest of them still are when one leaves", async () => {
  await using platform = await startPlatform(devices);
  await using one = await openOnline(platform.mqttUrl, nth(devices, 0));
  await broadcastTo(platform, "before");
  await using late = await openOnline(platform.mqttUrl, nth(devices, 1));
  await nothingFor(late);
  assert.equal((await nextPublish(one)).payload.toString(), "before");
  one.send({ cmd: "disconnect" });
  await one.ended();
  await broadcastTo(platform, "after");
  assert.equal((await nextPublish(late)).payload.toString(), "after");
});

test("any message comes out as it went in, many at once and in order", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(bodies, async (messages) => {
      for (const message of messages) {
        const id = await broadcastTo(platform, message);
        const { topic, payload } = await nextPublish(device);
        assert.ok(topic.endsWith(`/${id}`));
        assert.ok(payload.equals(message));
      }
    }),
    { numRuns: 25 },
  );
});

test("broadcasts accepted in one go are all delivered to all, in the order of acceptance", async () => {
  await using platform = await startPlatform(triplets(50), { limits: { deliverySliceMs: 0 } });
  const fleet = await Promise.all(triplets(50).map((triplet) => openOnline(platform.mqttUrl, triplet)));
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) ids.push(await broadcastTo(platform, `message ${i}`));
  for (const device of fleet) {
    for (const id of ids) assert.ok((await nextPublish(device)).topic.endsWith(`/${id}`));
    await device[Symbol.asyncDispose]();
  }
  assert.equal(platform.counters().deliveries, 1_000);
});

test("of many devices, with names of all lengths and in both versions, each gets its own packet, also when others have left", async () => {
  const many = triplets(300).map((triplet, i) => ({
    ...triplet,
    deviceName: `${"n".repeat(1 + (i % 29))}${100 + i}`.slice(-32),
  }));
  await using platform = await startPlatform(many, { wsPort: 0 });
  const online = await Promise.all(
    many.map(async (triplet, i) => {
      const url = i % 11 === 3 ? platform.wsUrl : platform.mqttUrl;
      assert.ok(url);
      const packet = i % 7 === 2 ? connectPacket5(triplet) : connectPacket(triplet);
      return { triplet, ...(await openWith(url, packet)) };
    }),
  );
  let here = online;
  for (const size of [20, 900, 1100, 21]) {
    const body = Buffer.alloc(size, size);
    const id = await broadcastTo(platform, body);
    for (const { triplet, device } of here) {
      const { topic, payload } = await nextPublish(device);
      assert.equal(topic, `/sys/${PRODUCT}/${triplet.deviceName}/broadcast/request/${id}`);
      assert.ok(body.equals(payload));
    }
    const leaving = here.filter((_, i) => i % 5 === 1);
    here = here.filter((_, i) => i % 5 !== 1);
    for (const { device } of leaving) {
      device.send({ cmd: "disconnect" });
      assert.deepEqual(await device.ended(), []);
    }
  }
  for (const { device } of here) {
    await nothingFor(device);
    await device[Symbol.asyncDispose]();
  }
});

test("a subscribed broadcast reaches the product's subscribers, wildcards too, on its own topic and once", async () => {
  await using platform = await startPlatform([...devices, ...others]);
  const [exact, wild, twice, none] = await Promise.all(devices.map((triplet) => openOnline(platform.mqttUrl, triplet)));
  await using stranger = await openOnline(platform.mqttUrl, nth(others, 0));
  assert.ok(exact && wild && twice && none);
  const topic = `/broadcast/${PRODUCT}/group1`;
  assert.deepEqual(await subscribeTo(exact, [topic], 1), [1]);
  assert.deepEqual(await subscribeTo(wild, [`/broadcast/${PRODUCT}/#`]), [0]);
  assert.deepEqual(await subscribeTo(twice, [topic, `/broadcast/${PRODUCT}/+`]), [0, 0]);
  assert.deepEqual(await subscribeTo(stranger, [topic, "/broadcast/#", "/broadcast/+/group1"]), [128, 128, 128]);
  await broadcastTo(platform, "to the group", { TopicFullName: topic });
  for (const device of [exact, wild, twice]) {
    const got = await nextPublish(device);
    assert.deepEqual([got.topic, got.payload.toString(), got.qos], [topic, "to the group", 0]);
  }
  for (const device of [exact, wild, twice, none, stranger]) await nothingFor(device);
  exact.send({ cmd: "unsubscribe", messageId: 9, unsubscriptions: [topic] });
  assert.equal((await exact.next()).cmd, "unsuback");
  await broadcastTo(platform, "again", { TopicFullName: topic });
  assert.equal((await nextPublish(wild)).payload.toString(), "again");
  await nothingFor(exact);
  for (const device of [exact, wild, twice, none]) await device[Symbol.asyncDispose]();
});

test("more broadcasts than may wait are answered with ServiceUnavailable", async () => {
  await using platform = await startPlatform(devices, { limits: { pendingBroadcasts: 0 } });
  const { status, json } = await callApi(platform, "PubBroadcast", { ProductKey: PRODUCT, MessageContent: "YQ==" });
  assert.deepEqual([status, json["Code"]], [503, "ServiceUnavailable"]);
});
