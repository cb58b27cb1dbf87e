import assert from "node:assert/strict";
import { test } from "node:test";
import type { IConnackPacket, IDisconnectPacket, IPublishPacket, Packet } from "mqtt-packet";
import { connectPacket5, nextPublish, openRaw, openWith, type RawDevice, settle } from "../support/platform-device.js";
import { broadcastTo, callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(3);
const me = nth(devices, 0);
const own = `/${PRODUCT}/${me.deviceName}`;
const topic = `${own}/user/get`;

const online5 = async (url: string, changes: Record<string, unknown> = {}): Promise<RawDevice> => {
  const { device, connack } = await openWith(url, connectPacket5(me, changes));
  assert.equal(connack.reasonCode, 0);
  return device;
};

/** The reason code of the DISCONNECT that is all that is left. */
const farewell = async (device: RawDevice): Promise<number | undefined> => {
  const rest = await device.ended();
  assert.deepEqual(
    rest.map(({ cmd }) => cmd),
    ["disconnect"],
  );
  return (rest[0] as IDisconnectPacket).reasonCode;
};

test("CONNACK says what is not offered", async () => {
  await using platform = await startPlatform(devices);
  const { device, connack } = await openWith(platform.mqttUrl, connectPacket5(me));
  await using _ = device;
  assert.deepEqual([connack.reasonCode, connack.sessionPresent], [0, false]);
  assert.deepEqual(
    { ...connack.properties },
    {
      receiveMaximum: 100,
      maximumQoS: 1,
      retainAvailable: false,
      maximumPacketSize: 524_288,
      topicAliasMaximum: 0,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: false,
    },
  );
  await settle(device);
});

const granted: [name: string, changes: Record<string, unknown>, wanted: Partial<IConnackPacket["properties"]>][] = [
  ["a keep-alive over the limit", { keepalive: 5000 }, { serverKeepAlive: 1200 }],
  [
    "a session that is never to end",
    { properties: { sessionExpiryInterval: 0xffff_ffff } },
    { sessionExpiryInterval: 7 * 24 * 3600 },
  ],
];

for (const [name, changes, wanted] of granted) {
  test(`${name} is granted as far as it goes, and said so`, async () => {
    await using platform = await startPlatform(devices);
    const { device, connack } = await openWith(platform.mqttUrl, connectPacket5(me, changes));
    await using _ = device;
    assert.deepEqual({ ...connack.properties, ...wanted }, { ...connack.properties });
  });
}

const refusals: [name: string, changes: Record<string, unknown>, code: number][] = [
  ["a client id without parameters", { clientId: "plain" }, 0x85],
  ["a keep-alive of 29 s", { keepalive: 29 }, 0x88],
  ["a user name without a product", { username: "dev_000000" }, 0x86],
  ["a password that is no digest", { password: Buffer.from("secret") }, 0x86],
  ["an unknown device", { username: `dev_009999&${PRODUCT}` }, 0x87],
  ["another authentication method", { properties: { authenticationMethod: "SCRAM" } }, 0x8c],
  ["a will with QoS 2", { will: { topic: "/w", payload: Buffer.from("x"), qos: 2, retain: false } }, 0x9b],
  ["a retained will", { will: { topic: "/w", payload: Buffer.from("x"), qos: 0, retain: true } }, 0x9a],
  ["a maximum packet size that holds nothing", { properties: { maximumPacketSize: 20 } }, 0x95],
];

for (const [name, changes, code] of refusals) {
  test(`MQTT 5: ${name} gets CONNACK 0x${code.toString(16)} and the end`, async () => {
    await using platform = await startPlatform(devices);
    const { device, connack } = await openWith(platform.mqttUrl, connectPacket5(me, changes));
    assert.deepEqual([connack.reasonCode, connack.sessionPresent], [code, false]);
    assert.deepEqual(await device.ended(), []);
    assert.equal(platform.counters().online, 0);
  });
}

test("a version after 5 gets CONNACK 0x84", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openRaw(platform.mqttUrl, { protocolVersion: 5 });
  device.send(Buffer.from("\x10\x08\x00\x04MQTT\x06\x02", "latin1"));
  const packet = await device.next();
  assert.equal(packet.cmd === "connack" ? packet.reasonCode : packet.cmd, 0x84);
  assert.deepEqual(await device.ended(), []);
});

const up = (changes: Record<string, unknown> = {}): Packet => ({
  cmd: "publish",
  topic: `${own}/user/update`,
  payload: "x",
  qos: 0,
  dup: false,
  retain: false,
  messageId: 1,
  ...changes,
});
const farewells: [name: string, sent: Packet | Uint8Array, code: number][] = [
  ["QoS 2", up({ qos: 2 }), 0x9b],
  ["a retained message", up({ retain: true }), 0x9a],
  ["a topic alias", up({ properties: { topicAlias: 1 } }), 0x94],
  ["a subscription identifier in a PUBLISH", Uint8Array.of(0x30, 0x06, 0, 1, 0x61, 2, 11, 1), 0x81],
  ["one property twice", Uint8Array.of(0x30, 0x08, 0, 1, 0x61, 4, 1, 0, 1, 0), 0x82],
  ["a payload format of 2", Uint8Array.of(0x30, 0x06, 0, 1, 0x61, 2, 1, 2), 0x82],
  ["properties longer than the packet", Uint8Array.of(0x30, 0x05, 0, 1, 0x61, 9, 1), 0x81],
  ["a shared subscription", subscribeTo("$share/g/x"), 0x9e],
  ["a subscription identifier", { ...subscribeTo(topic), properties: { subscriptionIdentifier: 3 } } as Packet, 0xa1],
  ["a SUBSCRIBE of nothing", Uint8Array.of(0x82, 0x03, 0, 1, 0), 0x82],
  ["a filter that is no UTF-8", Uint8Array.of(0x82, 0x08, 0, 1, 0, 0, 2, 0xc3, 0x28, 0), 0x81],
  ["a second CONNECT", connectPacket5(me), 0x82],
  ["a PINGRESP", Uint8Array.of(0xd0, 0x00), 0x82],
  ["an AUTH", Uint8Array.of(0xf0, 0x02, 0x18, 0x00), 0x82],
  ["a packet over the maximum", Uint8Array.of(0x30, 0x80, 0x80, 0x40), 0x95],
  [
    "a session made to stay by DISCONNECT alone",
    { cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 9 } },
    0x82,
  ],
];

function subscribeTo(filter: string, qos: 0 | 1 | 2 = 1): Packet {
  return { cmd: "subscribe", messageId: 7, subscriptions: [{ topic: filter, qos, nl: false, rap: false, rh: 0 }] };
}

for (const [name, sent, code] of farewells) {
  test(`MQTT 5: ${name} ends with DISCONNECT 0x${code.toString(16)}`, async () => {
    await using platform = await startPlatform(devices);
    await using device = await online5(platform.mqttUrl);
    device.send(sent);
    assert.equal(await farewell(device), code);
  });
}

test("MQTT 5: a device that falls silent is told 0x8d, one whose triplet logs in again 0x8e after the notice", async () => {
  let now = 0;
  await using platform = await startPlatform(devices, { monotonicMs: () => now, limits: { sweepMs: 5 } });
  await using older = await online5(platform.mqttUrl);
  await using newer = await online5(platform.mqttUrl);
  assert.equal((await nextPublish(older)).topic, "/ext/notify");
  assert.equal(await farewell(older), 0x8e);
  now = 451_000;
  assert.equal(await farewell(newer), 0x8d);
});

test("MQTT 5: a platform that stops says 0x8b", async () => {
  const platform = await startPlatform(devices);
  await using device = await online5(platform.mqttUrl);
  await platform[Symbol.asyncDispose]();
  assert.equal(await farewell(device), 0x8b);
});

test("MQTT 5: acknowledgements say why a message or a filter was not taken", async () => {
  await using platform = await startPlatform(devices, { limits: { upstreamQos1PerSecond: 3 }, monotonicMs: () => 0 });
  await using device = await online5(platform.mqttUrl);
  const codes: unknown[] = [];
  for (const sent of [up({ qos: 1 }), up({ qos: 1, topic: "/x/y" }), up({ qos: 1, payload: Buffer.alloc(262_145) })]) {
    device.send(sent);
    const { cmd, messageId, reasonCode } = (await device.next()) as Packet & { reasonCode: number };
    codes.push([cmd, messageId, reasonCode]);
  }
  device.send(up({ qos: 1 }));
  codes.push(((await device.next()) as { reasonCode?: number }).reasonCode);
  assert.deepEqual(codes, [["puback", 1, 0], ["puback", 1, 0x87], ["puback", 1, 0x97], 0x97]);
  const filters = [topic, "#", "a/#/b", `/sys${own}/x`, ...Array.from({ length: 5 }, (_, i) => `${own}/user/${i}`)];
  device.send({ cmd: "subscribe", messageId: 8, subscriptions: filters.map((filter) => ({ topic: filter, qos: 2 })) });
  const suback = await device.next();
  assert.deepEqual(suback.cmd === "suback" && suback.granted, [1, 0x87, 0x8f, 1, 1, 1, 1, 1, 0x97]);
  device.send({ cmd: "unsubscribe", messageId: 9, unsubscriptions: [topic, topic] });
  const unsuback = await device.next();
  assert.deepEqual(unsuback.cmd === "unsuback" && unsuback.granted, [0, 0x11]);
});

test("MQTT 5: broadcasts, full and subscribed, arrive with no properties, small and large", async () => {
  await using platform = await startPlatform(devices);
  await using device = await online5(platform.mqttUrl);
  await using older = (await openWith(platform.mqttUrl, connectPacket5(nth(devices, 1), { protocolVersion: 4 })))
    .device;
  const group = `/broadcast/${PRODUCT}/g`;
  device.send(subscribeTo(group));
  await device.next();
  for (const body of [Buffer.from("a"), Buffer.alloc(1023, 1), Buffer.alloc(1024, 2), Buffer.alloc(65_536, 3)]) {
    const id = await broadcastTo(platform, body);
    for (const receiver of [device, older]) {
      const got = await nextPublish(receiver);
      assert.ok(got.topic.endsWith(`/${id}`) && got.payload.equals(body) && got.properties === undefined);
    }
    await broadcastTo(platform, body, { TopicFullName: group });
    const got = await nextPublish(device);
    assert.deepEqual([got.topic, got.payload.equals(body), got.properties], [group, true, undefined]);
  }
});

test("MQTT 5: nothing longer than the device takes is sent to it", async () => {
  await using platform = await startPlatform(devices);
  await using device = await online5(platform.mqttUrl, { properties: { maximumPacketSize: 200 } });
  device.send(subscribeTo(topic), subscribeTo(`/broadcast/${PRODUCT}/g`));
  await device.next();
  await device.next();
  const pub = (bytes: number, Qos: string) =>
    callApi(platform, "Pub", {
      ProductKey: PRODUCT,
      TopicFullName: topic,
      MessageContent: Buffer.alloc(bytes).toString("base64"),
      Qos,
    });
  await pub(250, "0");
  await pub(250, "1");
  await broadcastTo(platform, Buffer.alloc(250));
  await broadcastTo(platform, Buffer.alloc(250), { TopicFullName: `/broadcast/${PRODUCT}/g` });
  await pub(20, "1");
  assert.equal((await nextPublish(device)).payload.length, 20);
  assert.equal(platform.counters().undelivered["over-client-limit"], 4);
});

test("MQTT 5: no more is sent unacknowledged than the device's receive maximum", async () => {
  await using platform = await startPlatform(devices);
  await using device = await online5(platform.mqttUrl, { properties: { receiveMaximum: 2 } });
  device.send(subscribeTo(topic));
  await device.next();
  for (const text of ["a", "b", "c", "d"]) {
    await callApi(platform, "Pub", {
      ProductKey: PRODUCT,
      TopicFullName: topic,
      MessageContent: Buffer.from(text).toString("base64"),
      Qos: "1",
    });
  }
  const seen: IPublishPacket[] = [await nextPublish(device), await nextPublish(device)];
  await settle(device);
  for (const got of [0, 1]) {
    // one of the two forms an acknowledgement may have
    const messageId = seen[got]?.messageId ?? 0;
    device.send(got === 0 ? Uint8Array.of(0x40, 0x04, messageId >> 8, messageId, 0, 0) : { cmd: "puback", messageId });
    seen.push(await nextPublish(device));
  }
  assert.deepEqual(
    seen.map(({ payload }) => payload.toString()),
    ["a", "b", "c", "d"],
  );
});
