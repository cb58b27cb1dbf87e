import assert from "node:assert/strict";
import { test } from "node:test";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import {
  connectPacket,
  nextConnack,
  nextPublish,
  openOnline,
  openRaw,
  openWith,
  settle,
  subscribeTo,
} from "../support/platform-device.js";
import { pubTo } from "../support/platform-pub.js";
import { broadcastTo, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(2);
const me = nth(devices, 0);
const own = `/${PRODUCT}/${me.deviceName}`;
const topic = `${own}/user/get`;

/** A text as MQTT writes it. */
const text = (bytes: Uint8Array | string): Buffer => {
  const content = Buffer.from(bytes);
  return Buffer.concat([Uint8Array.of(content.length >> 8, content.length & 0xff), content]);
};

/** A packet from its first byte and what follows its length, which fits one byte. */
const frame = (head: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(head, body.length), body]);
};

const connectHead = (flags: number, level = 4): Buffer =>
  Buffer.concat([text("MQTT"), Uint8Array.of(level, flags, 0x01, 0x2c)]);
const bad = Uint8Array.of(0xc3, 0x28);
const surrogate = Uint8Array.of(0xed, 0xa0, 0x80);
const id = Uint8Array.of(0, 1);

/** Statements about packets that must end the connection without an answer, before and after login. */
const closing: [ids: string, what: string, when: "before" | "after", bytes: Uint8Array][] = [
  ["[MQTT-1.5.3-1]", "bad UTF-8 in the client id", "before", frame(0x10, connectHead(2), text(bad))],
  ["[MQTT-1.5.3-1]", "a surrogate in a topic name", "after", frame(0x30, text(surrogate))],
  ["[MQTT-1.5.3-2]", "NUL in a topic name", "after", frame(0x30, text("/a\0b"))],
  ["[MQTT-2.2.2-2] [MQTT-3.14.1-1]", "reserved bits in DISCONNECT", "after", Uint8Array.of(0xe1, 0)],
  ["[MQTT-2.2.2-2]", "reserved bits in PINGREQ", "after", Uint8Array.of(0xc1, 0)],
  [
    "[MQTT-2.3.1-1]",
    "SUBSCRIBE with the packet id 0",
    "after",
    frame(0x82, Uint8Array.of(0, 0), text("/a"), id.subarray(0, 1)),
  ],
  ["[MQTT-3.1.0-1]", "SUBSCRIBE as the first packet", "before", frame(0x82, id, text("/a"), Uint8Array.of(0))],
  [
    "[MQTT-3.1.2-1]",
    "another protocol name",
    "before",
    frame(0x10, text("MQTX"), Uint8Array.of(4, 2, 0, 60), text("x")),
  ],
  ["[MQTT-3.1.2-3]", "the reserved flag in CONNECT", "before", frame(0x10, connectHead(3), text("x"))],
  ["[MQTT-3.1.2-9]", "a will flag without a will", "before", frame(0x10, connectHead(0x06), text("x"))],
  ["[MQTT-3.1.2-11] [MQTT-3.1.2-13]", "a will QoS without a will", "before", frame(0x10, connectHead(0x0a), text("x"))],
  ["[MQTT-3.1.2-14]", "a will QoS of 3", "before", frame(0x10, connectHead(0x1e), text("x"), text("/w"), text("x"))],
  ["[MQTT-3.1.2-15]", "a will retain flag without a will", "before", frame(0x10, connectHead(0x22), text("x"))],
  [
    "[MQTT-3.1.2-18] [MQTT-3.1.2-20]",
    "a user name that no flag announces",
    "before",
    frame(0x10, connectHead(2), text("x"), text("u")),
  ],
  ["[MQTT-3.1.2-19]", "no user name where a flag announces it", "before", frame(0x10, connectHead(0x82), text("x"))],
  [
    "[MQTT-3.1.2-21]",
    "no password where a flag announces it",
    "before",
    frame(0x10, connectHead(0xc2), text("x"), text("u")),
  ],
  ["[MQTT-3.1.2-22]", "a password without a user name", "before", frame(0x10, connectHead(0x42), text("x"), text("p"))],
  ["[MQTT-3.1.3-3]", "no client id", "before", frame(0x10, connectHead(2))],
  ["[MQTT-3.1.3-4]", "a client id that is no UTF-8", "before", frame(0x10, connectHead(2), text(surrogate))],
  [
    "[MQTT-3.1.3-10]",
    "a will topic that is no UTF-8",
    "before",
    frame(0x10, connectHead(0x06), text("x"), text(bad), text("x")),
  ],
  ["[MQTT-3.1.3-11]", "a user name that is no UTF-8", "before", frame(0x10, connectHead(0x82), text("x"), text(bad))],
  ["[MQTT-3.3.1-2]", "DUP with QoS 0", "after", frame(0x38, text("/a"))],
  ["[MQTT-3.3.1-4]", "both QoS bits", "after", frame(0x36, text("/a"), id)],
  ["[MQTT-3.3.2-2] [MQTT-4.7.1-1]", "a wildcard in a topic name", "after", frame(0x30, text("/a/+"))],
  ["[MQTT-3.6.1-1]", "PUBREL with wrong reserved bits", "after", frame(0x60, id)],
  ["[MQTT-3.8.1-1]", "SUBSCRIBE with wrong reserved bits", "after", frame(0x80, id, text("/a"), Uint8Array.of(0))],
  ["[MQTT-3.8.3-1]", "a filter that is no UTF-8", "after", frame(0x82, id, text(bad), Uint8Array.of(0))],
  ["[MQTT-3.8.3-3]", "SUBSCRIBE of nothing", "after", frame(0x82, id)],
  ["[MQTT-3.8.3-4]", "a requested QoS of 3", "after", frame(0x82, id, text("/a"), Uint8Array.of(3))],
  ["[MQTT-3.8.3-4]", "reserved bits beside the requested QoS", "after", frame(0x82, id, text("/a"), Uint8Array.of(4))],
  ["[MQTT-3.10.1-1]", "UNSUBSCRIBE with wrong reserved bits", "after", frame(0xa0, id, text("/a"))],
  ["[MQTT-3.10.3-1]", "an UNSUBSCRIBE filter that is no UTF-8", "after", frame(0xa2, id, text(bad))],
  ["[MQTT-3.10.3-2]", "UNSUBSCRIBE of nothing", "after", frame(0xa2, id)],
  ["[MQTT-4.7.3-1]", "a topic name of no characters", "after", frame(0x30, text(""))],
  ["[MQTT-4.7.3-2]", "NUL in a filter", "after", frame(0x82, id, text("/a\0"), Uint8Array.of(0))],
  ["[MQTT-4.8.0-1]", "a packet that only a server sends", "after", frame(0x20, Uint8Array.of(0, 0))],
];

for (const [ids, what, when, bytes] of closing) {
  test(`${ids} ${what} closes the connection without an answer`, async () => {
    await using platform = await startPlatform(devices);
    await using device = await (when === "before" ? openRaw(platform.mqttUrl) : openOnline(platform.mqttUrl, me));
    device.send(bytes, Uint8Array.of(0xc0, 0)); // nothing behind it is answered
    assert.deepEqual(await device.ended(), []);
  });
}

const statements: [name: string, run: (platform: LocalPlatform) => Promise<void>][] = [
  [
    "[MQTT-1.5.3-3] U+FEFF in a topic stays where it is",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await subscribeTo(device, [`${own}/user/\ufeffa`]);
      await pubTo(platform, `${own}/user/a`, "other", 0);
      await pubTo(platform, `${own}/user/\ufeffa`, "this", 0);
      assert.equal((await nextPublish(device)).payload.toString(), "this");
    },
  ],
  [
    "[MQTT-2.3.1-4] [MQTT-2.3.1-5] the server's QoS 1 messages have unused ids, those of QoS 0 none",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await subscribeTo(device, [topic]);
      const ids: unknown[] = [];
      for (const qos of [1, 1, 0] as const) {
        await pubTo(platform, topic, "x", qos);
        ids.push((await nextPublish(device)).messageId);
      }
      assert.deepEqual(ids, [1, 2, undefined]);
    },
  ],
  [
    "[MQTT-2.3.1-6] [MQTT-2.3.1-7] [MQTT-3.8.4-2] [MQTT-3.10.4-4] answers carry the id of what they answer",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      const sent = { qos: 1, dup: false, retain: false, topic: `${own}/user/update`, payload: "x" } as const;
      device.send({ cmd: "publish", messageId: 65_535, ...sent });
      device.send({ cmd: "subscribe", messageId: 300, subscriptions: [{ topic, qos: 1 }] });
      device.send({ cmd: "unsubscribe", messageId: 301, unsubscriptions: [topic] });
      const answers = [await device.next(), await device.next(), await device.next()];
      assert.deepEqual(
        answers.map(({ cmd, messageId }) => [cmd, messageId]),
        [
          ["puback", 65_535],
          ["suback", 300],
          ["unsuback", 301],
        ],
      );
    },
  ],
  [
    "[MQTT-3.1.2-2] another protocol level gets CONNACK 1 and the end",
    async (platform) => {
      await using device = await openRaw(platform.mqttUrl);
      device.send(frame(0x10, connectHead(2, 3), text("x")));
      assert.equal((await nextConnack(device)).returnCode, 1);
      assert.deepEqual(await device.ended(), []);
    },
  ],
  [
    "[MQTT-3.1.3-8] [MQTT-3.1.3-9] an empty client id gets CONNACK 2 and the end",
    async (platform) => {
      const { device, connack } = await openWith(platform.mqttUrl, connectPacket(me, { clientId: "" }));
      assert.equal(connack.returnCode, 2);
      assert.deepEqual(await device.ended(), []);
    },
  ],
  [
    "[MQTT-3.1.4-5] [MQTT-3.2.2-4] [MQTT-3.2.2-5] after a refusal nothing is read, no session is present, the connection ends",
    async (platform) => {
      await using device = await openRaw(platform.mqttUrl);
      const refused = connectPacket(me, { password: Buffer.from("f".repeat(64)), clean: false });
      const late = { qos: 0, dup: false, retain: false, topic: `${own}/user/update`, payload: "x" } as const;
      device.send(refused, { cmd: "publish", ...late }, Uint8Array.of(0xc0, 0));
      const connack = await nextConnack(device);
      assert.deepEqual([connack.returnCode, connack.sessionPresent], [5, false]);
      assert.deepEqual(await device.ended(), []);
      assert.equal(platform.counters().upstream, 0);
    },
  ],
  [
    "[MQTT-3.1.4-4] [MQTT-3.2.0-1] CONNACK is the first packet, also before what waited",
    async (platform) => {
      const first = await openWith(platform.mqttUrl, connectPacket(me, { clean: false }));
      await subscribeTo(first.device, [topic]);
      first.device.send({ cmd: "disconnect" });
      await first.device.ended();
      await pubTo(platform, topic, "waited");
      const { device, connack } = await openWith(platform.mqttUrl, connectPacket(me, { clean: false }));
      await using _ = device;
      assert.equal(connack.cmd, "connack");
      assert.equal((await nextPublish(device)).payload.toString(), "waited");
    },
  ],
  [
    "[MQTT-3.3.1-3] [MQTT-3.3.1-9] what is delivered has neither DUP nor RETAIN",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await subscribeTo(device, [topic]);
      for (const qos of [0, 1] as const) {
        await pubTo(platform, topic, "x", qos);
        const { dup, retain } = await nextPublish(device);
        assert.deepEqual([dup, retain], [false, false]);
      }
    },
  ],
  [
    "[MQTT-3.3.4-1] [MQTT-4.3.2-2] QoS 1 is acknowledged, also when it is sent again; QoS 0 is not",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      const sent = { retain: false, topic: `${own}/user/update`, payload: "x", cmd: "publish" } as const;
      device.send({ ...sent, qos: 0, dup: false });
      await settle(device);
      for (const dup of [false, true]) {
        device.send({ ...sent, qos: 1, dup, messageId: 9 });
        assert.equal((await device.next()).cmd, "puback");
      }
    },
  ],
  [
    "[MQTT-3.3.2-3] [MQTT-3.3.5-1] overlapping subscriptions: one copy, on the topic it was sent to",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await subscribeTo(device, [topic, `${own}/#`, `${own}/+/get`], 1);
      await pubTo(platform, topic, "once");
      assert.equal((await nextPublish(device)).topic, topic);
      await settle(device);
    },
  ],
  [
    "[MQTT-3.3.5-2] a message that is not allowed is acknowledged and goes nowhere",
    async (platform) => {
      await using other = await openOnline(platform.mqttUrl, nth(devices, 1));
      const theirs = `/${PRODUCT}/${nth(devices, 1).deviceName}/user/get`;
      await subscribeTo(other, [theirs]);
      await using device = await openOnline(platform.mqttUrl, me);
      device.send({ cmd: "publish", qos: 1, dup: false, retain: false, topic: theirs, payload: "x", messageId: 4 });
      assert.equal((await device.next()).cmd, "puback");
      await settle(other);
    },
  ],
  [
    "[MQTT-3.8.4-1] [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2] one code a filter, in their order",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      device.send({
        cmd: "subscribe",
        messageId: 5,
        subscriptions: [
          { topic, qos: 2 },
          { topic: "#", qos: 0 },
          { topic: `${own}/user/a`, qos: 0 },
          { topic: `${own}/user/b`, qos: 1 },
        ],
      });
      const packet = await device.next();
      assert.deepEqual(packet.cmd === "suback" && packet.granted, [1, 0x80, 0, 1]);
    },
  ],
  [
    "[MQTT-3.8.4-3] the same filter again replaces the subscription",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await subscribeTo(device, [topic], 0);
      await subscribeTo(device, [topic], 1);
      await pubTo(platform, topic, "once");
      await nextPublish(device);
      await settle(device);
      device.send({ cmd: "unsubscribe", messageId: 6, unsubscriptions: [topic] });
      await device.next();
      await pubTo(platform, topic, "none");
      await settle(device);
    },
  ],
  [
    "[MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-5] [MQTT-3.10.4-6] only filters that are equal are removed, and it is always answered",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await subscribeTo(device, [topic]);
      for (const unsubscriptions of [[`${own}/#`], [`${own}/user/gE`, "#"]]) {
        device.send({ cmd: "unsubscribe", messageId: 8, unsubscriptions });
        assert.equal((await device.next()).cmd, "unsuback");
      }
      await pubTo(platform, topic, "still");
      assert.equal((await nextPublish(device)).payload.toString(), "still");
      device.send({ cmd: "unsubscribe", messageId: 9, unsubscriptions: ["#", topic] });
      assert.equal((await device.next()).cmd, "unsuback");
      await pubTo(platform, topic, "no more");
      await settle(device);
    },
  ],
  [
    "[MQTT-3.10.4-3] a QoS 1 message that was sent is sent again though its subscription is gone",
    async (platform) => {
      const first = await openWith(platform.mqttUrl, connectPacket(me, { clean: false }));
      await subscribeTo(first.device, [topic]);
      await pubTo(platform, topic, "started");
      await nextPublish(first.device);
      first.device.send({ cmd: "unsubscribe", messageId: 6, unsubscriptions: [topic] }, { cmd: "disconnect" });
      await first.device.ended();
      const { device } = await openWith(platform.mqttUrl, connectPacket(me, { clean: false }));
      await using _ = device;
      const { payload, dup } = await nextPublish(device);
      assert.deepEqual([payload.toString(), dup], ["started", true]);
    },
  ],
  [
    "[MQTT-3.12.4-1] PINGREQ is answered",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await settle(device);
    },
  ],
  [
    "[MQTT-4.6.0-5] [MQTT-4.6.0-6] messages of one topic and QoS arrive in the order of their sending",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await subscribeTo(device, [topic]);
      for (let i = 0; i < 60; i++) await pubTo(platform, topic, `${i}`);
      for (let i = 0; i < 60; i++) {
        const { payload, messageId } = await nextPublish(device);
        assert.equal(payload.toString(), `${i}`);
        device.send({ cmd: "puback", messageId: messageId ?? 0 });
      }
    },
  ],
  [
    "[MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.2-1] malformed and too wide filters are not granted",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      const filters = [`${own}/a#`, `${own}/#/a`, `${own}/a+`, "+/b", "$SYS/#", `${own}/+`, `${own}/#`];
      assert.deepEqual(await subscribeTo(device, filters), [128, 128, 128, 128, 128, 0, 0]);
    },
  ],
  [
    "[MQTT-4.7.3-4] topics are compared byte for byte: case and normal form count",
    async (platform) => {
      await using device = await openOnline(platform.mqttUrl, me);
      await subscribeTo(device, [`${own}/user/\u00e9`]);
      await pubTo(platform, `${own}/user/e\u0301`, "decomposed", 0);
      await pubTo(platform, `${own}/user/\u00c9`, "upper case", 0);
      await settle(device);
      await broadcastTo(platform, "end");
      assert.equal((await nextPublish(device)).payload.toString(), "end");
    },
  ],
];

for (const [name, run] of statements) {
  test(name, async () => {
    await using platform = await startPlatform(devices);
    await run(platform);
  });
}
