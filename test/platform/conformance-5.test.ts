import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Packet } from "mqtt-packet";
import { encodeMessage, stampMessage } from "../../src/platform/down-message.js";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { createPacketParser } from "../../src/platform/packet-parser.js";
import { packetFault } from "../../src/platform/packet-rules.js";
import {
  connectPacket5,
  nextPublish,
  openOnline,
  openWith,
  type RawDevice,
  settle,
} from "../support/platform-device.js";
import { pubTo } from "../support/platform-pub.js";
import { nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(2);
const me = nth(devices, 0);
const own = `/${PRODUCT}/${me.deviceName}`;
const topic = `${own}/user/get`;

const online5 = async (platform: LocalPlatform, changes: Record<string, unknown> = {}): Promise<RawDevice> => {
  const { device, connack } = await openWith(platform.mqttUrl, connectPacket5(me, changes));
  assert.equal(connack.reasonCode, 0);
  return device;
};

const subscribe = async (device: RawDevice): Promise<void> => {
  device.send({ cmd: "subscribe", messageId: 7, subscriptions: [{ topic, qos: 1, nl: false, rap: false, rh: 0 }] });
  await device.next();
};

const statements: [name: string, run: (platform: LocalPlatform) => Promise<void>][] = [
  [
    "[MQTT5-3.1.2-4] [MQTT5-3.1.2-5] [MQTT5-3.1.2-6] [MQTT5-3.2.2-2] [MQTT5-3.2.2-3] clean start decides, the expiry keeps",
    async (platform) => {
      const kept = { properties: { sessionExpiryInterval: 60 } };
      const presents: boolean[] = [];
      for (const clean of [false, false, true, false]) {
        const { device, connack } = await openWith(platform.mqttUrl, connectPacket5(me, { clean, ...kept }));
        presents.push(connack.sessionPresent);
        device.send({ cmd: "disconnect", reasonCode: 0 });
        await device.ended();
      }
      assert.deepEqual(presents, [false, true, false, true]);
    },
  ],
  [
    "[MQTT5-3.1.2-23] a session without an expiry ends with its connection, though it did not start clean",
    async (platform) => {
      for (let i = 0; i < 2; i++) {
        const { device, connack } = await openWith(platform.mqttUrl, connectPacket5(me, { clean: false }));
        assert.equal(connack.sessionPresent, false);
        device.socket.destroy();
        await device.ended();
      }
    },
  ],
  [
    "[MQTT5-3.1.2-8] a will is ignored: there is none here",
    async (platform) => {
      const will = {
        topic: "/w",
        payload: Buffer.from("x"),
        qos: 1,
        retain: false,
        properties: { willDelayInterval: 1 },
      };
      await using device = await online5(platform, { will });
      device.socket.destroy();
      await device.ended();
      assert.equal(platform.counters().upstream, 0);
    },
  ],
  [
    "[MQTT5-3.2.2-10] a requested QoS of 2 is granted as 1",
    async (platform) => {
      await using device = await online5(platform);
      device.send({ cmd: "subscribe", messageId: 7, subscriptions: [{ topic, qos: 2, nl: true, rap: true, rh: 2 }] });
      const packet = await device.next();
      assert.deepEqual(packet.cmd === "suback" && packet.granted, [1]);
    },
  ],
  [
    "MQTT 5: user properties and the rest of a PUBLISH are read, a repeated user property too",
    async (platform) => {
      await using device = await online5(platform);
      const heard: string[] = [];
      platform.onUpstream((_device, where, body) => heard.push(`${where} ${Buffer.from(body).toString()}`));
      const properties = {
        payloadFormatIndicator: true,
        messageExpiryInterval: 5,
        responseTopic: "/r",
        correlationData: Buffer.from([0, 1]),
        contentType: "text/plain",
        userProperties: { a: ["1", "2"], b: "" },
      };
      const sent = {
        qos: 1,
        dup: false,
        retain: false,
        messageId: 3,
        topic: `${own}/user/update`,
        payload: "x",
      } as const;
      device.send({ cmd: "publish", ...sent, properties });
      assert.equal((await device.next()).cmd, "puback");
      assert.deepEqual(heard, [`${own}/user/update x`]);
    },
  ],
  [
    "[MQTT5-3.3.4-9] [MQTT5-4.9.0-2] [MQTT5-4.9.0-3] acknowledgements make room for as many as were acknowledged",
    async (platform) => {
      await using device = await online5(platform, { properties: { receiveMaximum: 3 } });
      await subscribe(device);
      for (let i = 0; i < 7; i++) await pubTo(platform, topic, `${i}`);
      const waiting: number[] = [];
      for (let i = 0; i < 3; i++) waiting.push((await nextPublish(device)).messageId ?? 0);
      await settle(device);
      device.send({ cmd: "puback", messageId: waiting[0] ?? 0 }, { cmd: "puback", messageId: waiting[2] ?? 0 });
      for (const wanted of ["3", "4"]) assert.equal((await nextPublish(device)).payload.toString(), wanted);
      await settle(device);
      device.send({ cmd: "puback", messageId: 999 });
      await settle(device); // an id that is not in use makes no room
    },
  ],
  [
    "[MQTT5-4.4.0-1] nothing is sent again within a connection, nor to a session that starts clean",
    async (platform) => {
      const first = await online5(platform, { properties: { sessionExpiryInterval: 60 } });
      await subscribe(first);
      await pubTo(platform, topic, "x");
      await nextPublish(first);
      await settle(first);
      first.socket.destroy();
      await first.ended();
      await using second = await online5(platform, { clean: true });
      await settle(second);
    },
  ],
  [
    "MQTT 5: a DISCONNECT is not answered",
    async (platform) => {
      await using device = await online5(platform);
      device.send({ cmd: "disconnect", reasonCode: 4, properties: { reasonString: "bye" } });
      assert.deepEqual(await device.ended(), []);
      assert.deepEqual(platform.counters().closed, { disconnect: 1 });
    },
  ],
  [
    "[MQTT5-4.13.2-1] the DISCONNECT of one device says nothing to another",
    async (platform) => {
      await using other = await openOnline(platform.mqttUrl, nth(devices, 1));
      await using device = await online5(platform);
      device.send(Uint8Array.of(0x36, 0x06, 0, 1, 0x61, 0, 1, 0));
      assert.deepEqual(
        (await device.ended()).map(({ cmd }) => cmd),
        ["disconnect"],
      );
      await settle(other);
    },
  ],
];

for (const [name, run] of statements) {
  test(name, async () => {
    await using platform = await startPlatform(devices);
    await run(platform);
  });
}

test("[MQTT5-3.3.2-6] a message says what is left of its expiry", () => {
  const message = stampMessage({ topic: "/a", body: Buffer.from("x"), qos: 1, expirySeconds: 10 }, 1_000, 1e9);
  const parsed = createPacketParser()(Buffer.from(encodeMessage(message, 5, 1, false, 4_500)), 5) as Packet & {
    properties?: { messageExpiryInterval?: number };
  };
  assert.deepEqual([message.expiresAt, parsed.properties?.messageExpiryInterval], [11_000, 7]);
});

test("no bytes after an MQTT 5 login bring the platform down, and none that pass its rules confuse the parser", async () => {
  await using platform = await startPlatform(devices);
  const heads = [0x30, 0x32, 0x3a, 0x40, 0x82, 0xa2, 0xe0, 0xf0, 0x10];
  const tail = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(fc.constantFrom(0, 2, 3, 8), fc.uint8Array({ maxLength: 40 }))
      .map(([n, rest]) => [0, 1, 0x61, n, ...rest]),
    fc.uint8Array({ maxLength: 40 }).map((rest) => [0, 1, rest.length, ...rest]),
  );
  const frame = fc
    .tuple(fc.constantFrom(...heads), tail)
    .map(([head, rest]) => Buffer.from([head, rest.length, ...rest]));
  const parse = createPacketParser();
  fc.assert(
    fc.property(frame, (bytes) => {
      if (bytes[0] !== 0x10 && packetFault(bytes, 5) === null) parse(bytes, 5);
    }),
    { numRuns: 2_000 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
      await using device = await online5(platform);
      device.send(...frames);
      device.socket.end();
      await device.ended();
    }),
    { numRuns: 60 },
  );
  await using device = await online5(platform);
  await settle(device);
});
