import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ntpAnswer } from "../../src/platform/ntp-answer.js";
import { postReply } from "../../src/platform/post-reply.js";
import { nextPublish, openOnline, type RawDevice, settle, subscribeTo } from "../support/platform-device.js";
import { nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(2);
const me = nth(devices, 0);
const own = `/${PRODUCT}/${me.deviceName}`;

const send = (device: RawDevice, topic: string, payload: string, qos: 0 | 1 = 0): void =>
  device.send({ cmd: "publish", topic, payload, qos, messageId: 3, dup: false, retain: false });

const times: [body: string, answer: string | null][] = [
  ['{"deviceSendTime":"100"}', '{"deviceSendTime":"100","serverRecvTime":"1500","serverSendTime":"1500"}'],
  ['{"deviceSendTime":100}', '{"deviceSendTime":100,"serverRecvTime":1500,"serverSendTime":1500}'],
  ['{"deviceSendTime":0,"more":[]}', '{"deviceSendTime":0,"serverRecvTime":1500,"serverSendTime":1500}'],
  ["{}", null],
  ['{"deviceSendTime":"now"}', null],
  ['{"deviceSendTime":1.5}', null],
  ['{"deviceSendTime":null}', null],
  ["[1]", null],
  ["null", null],
  ["", null],
];

for (const [body, answer] of times) {
  test(`NTP ${body || "(nothing)"}: ${answer === null ? "no answer" : "the time in the same JSON type"}`, () => {
    assert.equal(ntpAnswer(Buffer.from(body), 1500), answer);
  });
}

test("NTP over the wire: the answer comes to a device that subscribed, on its own topic", async () => {
  await using platform = await startPlatform(devices, { unixMs: () => 1_700_000_000_123 });
  await using device = await openOnline(platform.mqttUrl, me);
  send(device, `/ext/ntp${own}/request`, '{"deviceSendTime":"7"}');
  await settle(device);
  assert.deepEqual(platform.counters().undelivered, { "not-subscribed": 1 });
  assert.deepEqual(await subscribeTo(device, [`/ext/ntp${own}/response`]), [0]);
  send(device, `/ext/ntp${own}/request`, '{"deviceSendTime":"7"}');
  const { topic, payload, qos } = await nextPublish(device);
  assert.deepEqual([topic, qos], [`/ext/ntp${own}/response`, 0]);
  assert.deepEqual(JSON.parse(payload.toString()), {
    deviceSendTime: "7",
    serverRecvTime: "1700000000123",
    serverSendTime: "1700000000123",
  });
});

test("posts of properties and events are answered with the id, others are not", () => {
  const post = (topic: string, body: unknown) => postReply(topic, Buffer.from(JSON.stringify(body)));
  const topic = "/sys/pk/dn/thing/event/property/post";
  assert.deepEqual(post(topic, { id: "42", params: { on: 1 } }), {
    topic: `${topic}_reply`,
    body: '{"code":200,"data":{},"id":"42","message":"success","method":"thing.event.property.post","version":"1.0"}',
  });
  assert.match(post("/sys/pk/dn/thing/event/alarm/post", { id: 7 })?.body ?? "", /"id":7,.*thing\.event\.alarm\.post/);
  for (const body of [{}, [], null, { id: {} }, { id: "1", sys: { ack: 0 } }]) assert.equal(post(topic, body), null);
  for (const other of [
    "/sys/pk/dn/thing/event/property/post_reply",
    "/pk/dn/user/update",
    "/sys/pk/thing/event/a/post",
  ]) {
    assert.equal(post(other, { id: "1" }), null);
  }
});

test("no body brings a service down", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (body) => {
        const time = ntpAnswer(body, 1);
        const reply = postReply("/sys/pk/dn/thing/event/property/post", body)?.body ?? null;
        for (const answer of [time, reply]) if (answer !== null) JSON.parse(answer);
      },
    ),
  );
});

test("a post's reply comes over the wire", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, me);
  await subscribeTo(device, [`/sys${own}/thing/event/property/post_reply`]);
  send(device, `/sys${own}/thing/event/property/post`, '{"id":"9","params":{}}', 1);
  assert.equal((await device.next()).cmd, "puback");
  const { payload } = await nextPublish(device);
  assert.equal((JSON.parse(payload.toString()) as { id: unknown }).id, "9");
});

test("an observer hears what was accepted, until it leaves; RRPC answers are among it", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, me);
  const heard: string[] = [];
  const watch = platform.onUpstream(({ deviceName }, topic, body) => {
    heard.push(`${deviceName} ${topic} ${Buffer.from(body).toString()}`);
  });
  send(device, `/sys${own}/rrpc/response/123`, "pong");
  send(device, `/${PRODUCT}/${nth(devices, 1).deviceName}/user/update`, "foreign");
  send(device, `${own}/user/update`, "mine");
  await settle(device);
  watch[Symbol.dispose]();
  send(device, `${own}/user/update`, "unheard");
  await settle(device);
  assert.deepEqual(heard, [
    `${me.deviceName} /sys${own}/rrpc/response/123 pong`,
    `${me.deviceName} ${own}/user/update mine`,
  ]);
});

test("thirty messages of QoS 0 and ten of QoS 1 a second, the rest is dropped and still acknowledged", async () => {
  let now = 0;
  await using platform = await startPlatform(devices, { monotonicMs: () => now });
  await using device = await openOnline(platform.mqttUrl, me);
  const burst = async (qos: 0 | 1, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) send(device, `${own}/user/update`, "x", qos);
    if (qos === 1) for (let i = 0; i < count; i++) assert.equal((await device.next()).cmd, "puback");
    await settle(device);
  };
  await burst(0, 35);
  await burst(1, 12);
  const seen = () => [platform.counters().upstream, platform.counters().upstreamDropped["rate-limit"]];
  assert.deepEqual(seen(), [40, 7]);
  now = 1000;
  await burst(1, 3);
  assert.deepEqual(seen(), [43, 7]);
});
