import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { connectPacket, nextConnack, openOnline, openRaw, settle } from "../support/platform-device.js";
import { broadcastTo, nth, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(3);
const first = nth(devices, 0);
const second = nth(devices, 1);

const beforeLogin: [name: string, bytes: Uint8Array, reason: string][] = [
  ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "not-connect"],
  ["a PING before CONNECT", Uint8Array.of(0xc0, 0x00), "not-connect"],
  ["reserved bits in CONNECT", Uint8Array.of(0x11, 0x00), "not-connect"],
  ["an empty CONNECT", Uint8Array.of(0x10, 0x00), "malformed-packet"],
  ["a CONNECT of another protocol", Buffer.from("\x10\x08\x00\x04HTTP\x04\x02", "latin1"), "malformed-packet"],
  ["a CONNECT cut short", Buffer.from("\x10\x08\x00\x04MQTT\x04\x02", "latin1"), "malformed-packet"],
  ["a length of five bytes", Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0xff, 0x01), "malformed-packet"],
  ["a CONNECT that announces 256 MB", Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0x7f), "packet-too-large"],
];

for (const [name, bytes, reason] of beforeLogin) {
  test(`${name} closes the connection: ${reason}`, async () => {
    await using platform = await startPlatform(devices);
    await using device = await openRaw(platform.mqttUrl);
    device.send(bytes);
    assert.deepEqual(await device.ended(), []);
    assert.deepEqual(platform.counters().refused, { [reason]: 1 });
  });
}

const publishQos2: Packet = {
  cmd: "publish",
  topic: "/x",
  payload: "",
  qos: 2,
  messageId: 1,
  dup: false,
  retain: false,
};
const afterLogin: [name: string, bytes: Uint8Array, reason: string][] = [
  ["a second CONNECT", generate(connectPacket(first)), "second-connect"],
  ["QoS 2", generate(publishQos2), "qos-2"],
  ["QoS 3", Uint8Array.of(0x36, 0x05, 0, 1, 0x61, 0, 1), "malformed-packet"],
  ["a packet id of zero", Uint8Array.of(0x32, 0x05, 0, 1, 0x61, 0, 0), "malformed-packet"],
  ["a QoS 1 PUBLISH without a packet id", Uint8Array.of(0x32, 0x03, 0, 1, 0x61), "malformed-packet"],
  ["a topic longer than its packet", Uint8Array.of(0x30, 0x04, 0, 9, 0x61, 0x61), "malformed-packet"],
  ["a wildcard in a topic name", Uint8Array.of(0x30, 0x03, 0, 1, 0x23), "malformed-packet"],
  ["a SUBSCRIBE with wrong reserved bits", Uint8Array.of(0x80, 0x06, 0, 1, 0, 1, 0x61, 0), "malformed-packet"],
  ["a SUBSCRIBE of nothing", Uint8Array.of(0x82, 0x02, 0, 1), "malformed-packet"],
  ["an UNSUBSCRIBE of nothing", Uint8Array.of(0xa2, 0x02, 0, 1), "malformed-packet"],
  ["a PING with a body", Uint8Array.of(0xc0, 0x01, 0), "malformed-packet"],
  ["a packet of type 0", Uint8Array.of(0x00, 0x00), "malformed-packet"],
  ["a packet of type 15", Uint8Array.of(0xf0, 0x00), "malformed-packet"],
  ["a packet of a server", Uint8Array.of(0xd0, 0x00), "unexpected-packet"],
  ["a PUBLISH that announces 1 MB", Uint8Array.of(0x30, 0x80, 0x80, 0x40), "packet-too-large"],
];

for (const [name, bytes, reason] of afterLogin) {
  test(`${name} closes that session only: ${reason}`, async () => {
    await using platform = await startPlatform(devices);
    await using bystander = await openOnline(platform.mqttUrl, second);
    await using device = await openOnline(platform.mqttUrl, first);
    device.send(bytes);
    assert.deepEqual(await device.ended(), []);
    assert.deepEqual(platform.counters().closed, { [reason]: 1 });
    await settle(bystander);
  });
}

test("a packet that is long but allowed, byte by byte, is one packet", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openRaw(platform.mqttUrl);
  for (const byte of generate(connectPacket(first))) device.socket.write(Uint8Array.of(byte));
  assert.equal((await nextConnack(device)).returnCode, 0);
});

test("silence before login is cut by the clock, a drip of bytes does not help", async () => {
  let now = 0;
  await using platform = await startPlatform(devices, { monotonicMs: () => now, limits: { sweepMs: 5 } });
  await using silent = await openRaw(platform.mqttUrl);
  await using half = await openRaw(platform.mqttUrl);
  half.send(generate(connectPacket(first)).subarray(0, 20));
  await using alive = await openOnline(platform.mqttUrl, second);
  now = 10_001;
  half.send(Uint8Array.of(0));
  await Promise.all([silent.ended(), half.ended()]);
  assert.deepEqual(platform.counters().refused, { "connect-timeout": 2 });
  await settle(alive);
});

test("a device is cut after one and a half keep-alives, and a PING resets them", async () => {
  let now = 0;
  await using platform = await startPlatform(devices, { monotonicMs: () => now, limits: { sweepMs: 5 } });
  await using silent = await openOnline(platform.mqttUrl, first);
  await using pinging = await openOnline(platform.mqttUrl, second);
  now = 449_000;
  await settle(pinging);
  await settle(silent);
  now = 898_000;
  await settle(pinging);
  now = 900_000;
  await silent.ended();
  assert.deepEqual(platform.counters().closed, { "keepalive-timeout": 1 });
  await settle(pinging);
});

test("half a packet, and a byte of it now and then, does not count as a sign of life", async () => {
  let now = 0;
  await using platform = await startPlatform(devices, { monotonicMs: () => now, limits: { sweepMs: 5 } });
  await using dripping = await openOnline(platform.mqttUrl, first);
  await using pinging = await openOnline(platform.mqttUrl, second);
  dripping.send(Uint8Array.of(0x30, 0xff, 0x7f, 0, 1));
  for (now = 100_000; now < 450_000; now += 100_000) {
    dripping.send(Uint8Array.of(0x61));
    await settle(pinging);
  }
  now = 450_001;
  await settle(pinging);
  await dripping.ended();
  assert.deepEqual(platform.counters().closed, { "keepalive-timeout": 1 });
});

test("a device that does not read is cut off, the others get everything", async () => {
  await using platform = await startPlatform(devices, { limits: { slowReaderBytes: 64 * 1024 } });
  await using slow = await openOnline(platform.mqttUrl, first);
  await using good = await openOnline(platform.mqttUrl, second);
  slow.socket.pause();
  const body = Buffer.alloc(64 * 1024, 0x55);
  let sent = 0;
  while (platform.counters().closed["slow-reader"] === undefined) {
    assert.ok(sent < 1_000, "the slow reader is never cut off");
    const id = await broadcastTo(platform, body);
    sent += 1;
    const packet = await good.next();
    assert.ok(packet.cmd === "publish" && packet.topic.endsWith(id) && body.equals(Buffer.from(packet.payload)));
  }
  assert.equal(platform.counters().online, 1);
});

test("a device that asks without reading the answers is cut off too", async () => {
  await using platform = await startPlatform(devices, { limits: { slowReaderBytes: 16 * 1024 } });
  await using greedy = await openOnline(platform.mqttUrl, first);
  greedy.socket.pause();
  const pings = Buffer.alloc(256 * 1024, Uint8Array.of(0xc0, 0x00));
  const pump = (): void => {
    while (!greedy.socket.destroyed && greedy.socket.write(pings));
  };
  greedy.socket.on("drain", pump);
  pump();
  await greedy.ended();
  assert.deepEqual(platform.counters().closed, { "slow-reader": 1 });
});

test("no bytes before login bring the platform down", async () => {
  await using platform = await startPlatform(devices);
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((tail) => Uint8Array.of(0x10, tail.length & 0x7f, ...tail)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (noise) => {
      await using device = await openRaw(platform.mqttUrl);
      device.send(noise);
      device.socket.end();
      await device.ended();
    }),
    { numRuns: 100 },
  );
  await using device = await openOnline(platform.mqttUrl, first);
  await settle(device);
});

test("no bytes after login bring the platform down", async () => {
  await using platform = await startPlatform(devices);
  const frame = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 100 }))
    .map(([head, tail]) => Uint8Array.of(head, tail.length, ...tail));
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
      await using device = await openOnline(platform.mqttUrl, first);
      device.send(...frames);
      device.socket.end();
      await device.ended();
    }),
    { numRuns: 100 },
  );
  await using device = await openOnline(platform.mqttUrl, first);
  await settle(device);
});
