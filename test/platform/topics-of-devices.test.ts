import assert from "node:assert/strict";
import { test } from "node:test";
import { nextPublish, openOnline, settle, subscribeTo } from "../support/platform-device.js";
import { callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(2);
const me = nth(devices, 0);
const own = `/${PRODUCT}/${me.deviceName}`;
const theirs = `/${PRODUCT}/${nth(devices, 1).deviceName}`;

const filters: [filter: string, granted: boolean][] = [
  [`${own}/user/get`, true],
  [`${own}/#`, true],
  [`/sys${own}/thing/+/property/set`, true],
  [`/sys${own}/rrpc/request/+`, true],
  [`/ext/ntp${own}/response`, true],
  [`/ota/device/upgrade${own}`, true],
  [`/shadow/get${own}`, true],
  ["/ext/rrpc/+/anything", true],
  ["/ext/notify", true],
  [`/broadcast/${PRODUCT}/group`, true],
  [`/broadcast/${PRODUCT}/+`, true],
  [`/broadcast/${PRODUCT}/`, false],
  [`/broadcast/${PRODUCT}`, false],
  [`${theirs}/user/get`, false],
  [`/sys${theirs}/#`, false],
  [`/ota/device/upgrade${theirs}`, false],
  [`/${PRODUCT}/+/user/get`, false],
  [`/${PRODUCT}/#`, false],
  [`/+/${me.deviceName}/user/get`, false],
  [`/sys/${PRODUCT}/+/broadcast/request/+`, false],
  ["#", false],
  ["/#", false],
  ["+/+", false],
  ["$SYS/#", false],
  [`${own}/a#`, false],
  ["", false],
  [`${own}/${"x".repeat(128)}`, false],
  [`${own}/1/2/3/4/5`, true],
  [`${own}/1/2/3/4/5/6`, false],
];

test("a device may subscribe to its own topics and its product's groups only", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, me);
  for (const [filter, granted] of filters) {
    assert.deepEqual(await subscribeTo(device, [filter]), [granted ? 0 : 128], filter);
  }
});

test("QoS 2 is granted as 1, eight filters a packet, a hundred a device", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, me);
  const many = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${own}/user/${from + i}`);
  assert.deepEqual(await subscribeTo(device, many(0, 10), 2), [1, 1, 1, 1, 1, 1, 1, 1, 128, 128]);
  for (let from = 8; from < 96; from += 8) await subscribeTo(device, many(from, 8));
  assert.deepEqual(await subscribeTo(device, many(96, 8)), [0, 0, 0, 0, 128, 128, 128, 128]);
  assert.deepEqual(await subscribeTo(device, many(0, 1)), [0], "one that is held already is no new one");
  device.send({ cmd: "unsubscribe", messageId: 3, unsubscriptions: many(0, 1) });
  assert.deepEqual((await device.next()).cmd, "unsuback");
  assert.deepEqual(await subscribeTo(device, many(500, 2)), [0, 128]);
});

test("a device's messages are counted and acknowledged, foreign ones dropped", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, me);
  const send = (topic: string, qos: 0 | 1, bytes = 3): void =>
    device.send({ cmd: "publish", topic, qos, messageId: 5, dup: false, retain: true, payload: Buffer.alloc(bytes) });
  send(`${own}/user/update`, 0);
  await settle(device);
  for (const topic of [`${own}/user/update`, `/sys${own}/thing/event/property/post`, `${theirs}/user/update`, "/x"]) {
    send(topic, 1);
    const { cmd, messageId } = await device.next();
    assert.deepEqual({ cmd, messageId }, { cmd: "puback", messageId: 5 });
  }
  send(`/broadcast/${PRODUCT}/group`, 0);
  send(`${own}/user/update`, 0, 256 * 1024 + 1);
  await settle(device);
  const { upstream, upstreamDropped } = platform.counters();
  assert.deepEqual(
    { upstream, upstreamDropped },
    { upstream: 3, upstreamDropped: { "foreign-topic": 3, "too-large": 1 } },
  );
});

test("Pub sends with the QoS of the call, not of the subscription, at most 50 unacknowledged", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, me);
  const topic = `${own}/user/get`;
  const pub = (qos: string) =>
    callApi(platform, "Pub", { ProductKey: PRODUCT, TopicFullName: topic, MessageContent: "aGk=", Qos: qos });
  const offered = await pub("1");
  assert.equal(offered.json["Success"], true);
  assert.match(String(offered.json["MessageId"]), /^\d{19}$/);
  assert.equal(typeof offered.json["MessageId"], "string");
  assert.deepEqual(platform.counters().undelivered, { "not-subscribed": 1 });
  assert.deepEqual(await subscribeTo(device, [topic], 0), [0]);
  await pub("0");
  assert.equal((await nextPublish(device)).qos, 0);
  const ids: number[] = [];
  for (let i = 0; i < 50; i++) {
    await pub("1");
    const { qos, messageId, payload } = await nextPublish(device);
    assert.deepEqual([qos, payload.toString()], [1, "hi"]);
    ids.push(messageId ?? 0);
  }
  assert.equal(new Set(ids).size, 50);
  await pub("1");
  await settle(device); // the 51st waits
  device.send({ cmd: "puback", messageId: ids[0] ?? 0 });
  const next = await nextPublish(device);
  assert.deepEqual([next.qos, next.dup, ids.includes(next.messageId ?? 0)], [1, false, false]);
});
