import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlatformOptions } from "../../src/platform/local-platform.js";
import {
  connectPacket,
  connectPacket5,
  nextPublish,
  openWith,
  type RawDevice,
  settle,
  subscribeTo,
} from "../support/platform-device.js";
import { pubTo } from "../support/platform-pub.js";
import { broadcastTo, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(2);
const me = nth(devices, 0);
const topic = `/${PRODUCT}/${me.deviceName}/user/get`;
const WEEK_MS = 7 * 24 * 3_600_000;

/** A platform whose clock the test moves. */
const startClocked = async (limits: PlatformOptions["limits"] = {}) => {
  const clock = { now: 0 };
  const platform = await startPlatform(devices, { monotonicMs: () => clock.now, limits });
  return Object.assign(platform, { clock });
};

type Clocked = Awaited<ReturnType<typeof startClocked>>;

const logIn = async (
  { mqttUrl }: Clocked,
  changes: Record<string, unknown>,
): Promise<{ device: RawDevice; present: boolean }> => {
  const packet = changes["protocolVersion"] === 5 ? connectPacket5(me, changes) : connectPacket(me, changes);
  const { device, connack } = await openWith(mqttUrl, packet);
  assert.equal(connack.returnCode ?? connack.reasonCode, 0);
  return { device, present: connack.sessionPresent };
};

const leave = async (device: RawDevice): Promise<void> => {
  device.send({ cmd: "disconnect" });
  await device.ended();
};

/** One login with a session that stays, and a subscription in it. */
const prepare = async (platform: Clocked, changes: Record<string, unknown> = { clean: false }): Promise<void> => {
  const { device } = await logIn(platform, changes);
  assert.deepEqual(await subscribeTo(device, [topic], 1), [1]);
  await leave(device);
};

const persistent: [name: string, changes: Record<string, unknown>][] = [
  ["MQTT 3.1.1, clean session 0", { clean: false }],
  ["MQTT 5, a session expiry", { clean: false, protocolVersion: 5, properties: { sessionExpiryInterval: 3600 } }],
];

for (const [name, changes] of persistent) {
  test(`${name}: subscriptions and QoS 1 messages wait for the device, QoS 0 and broadcasts do not`, async () => {
    await using platform = await startClocked();
    await prepare(platform, changes);
    await pubTo(platform, topic, "zero", 0);
    await pubTo(platform, topic, "one");
    await broadcastTo(platform, "to those online");
    await pubTo(platform, topic, "two");
    const { device, present } = await logIn(platform, changes);
    await using _ = device;
    assert.equal(present, true);
    for (const wanted of ["one", "two"]) {
      const { payload, dup, qos } = await nextPublish(device);
      assert.deepEqual([payload.toString(), dup, qos], [wanted, false, 1]);
    }
    await pubTo(platform, topic, "three", 0);
    assert.equal((await nextPublish(device)).payload.toString(), "three");
    await settle(device);
  });

  test(`${name}: what was not acknowledged comes again, marked, in order, under its own id`, async () => {
    await using platform = await startClocked();
    await prepare(platform, changes);
    const first = await logIn(platform, changes);
    const sent: [string, number | undefined][] = [];
    for (const text of ["a", "b", "c"]) {
      await pubTo(platform, topic, text);
      const { payload, messageId } = await nextPublish(first.device);
      sent.push([payload.toString(), messageId]);
    }
    first.device.send({ cmd: "puback", messageId: sent[1]?.[1] ?? 0 });
    await settle(first.device);
    first.device.socket.destroy();
    while (platform.counters().online > 0) await pubTo(platform, `/${PRODUCT}/dev_000001/user/get`, "x", 0);
    await pubTo(platform, topic, "d");
    const { device } = await logIn(platform, changes);
    await using _ = device;
    const again: [string, number | undefined, boolean][] = [];
    for (let i = 0; i < 3; i++) {
      const { payload, messageId, dup } = await nextPublish(device);
      again.push([payload.toString(), messageId, dup]);
      device.send({ cmd: "puback", messageId: messageId ?? 0 });
    }
    const fresh = again[2]?.[1];
    assert.deepEqual(again, [
      ["a", sent[0]?.[1], true],
      ["c", sent[2]?.[1], true],
      ["d", fresh, false],
    ]);
    await settle(device);
    await leave(device);
    const last = await logIn(platform, changes);
    await using __ = last.device;
    await settle(last.device);
  });
}

test("a clean session ends what was kept, and leaves nothing", async () => {
  await using platform = await startClocked();
  await prepare(platform);
  await pubTo(platform, topic, "lost");
  const clean = await logIn(platform, { clean: true });
  assert.equal(clean.present, false);
  await pubTo(platform, topic, "not subscribed");
  await settle(clean.device);
  await leave(clean.device);
  const after = await logIn(platform, { clean: false });
  assert.equal(after.present, false);
  await settle(after.device);
  await leave(after.device);
  assert.equal((await logIn(platform, { clean: false })).present, true, "a session without subscriptions is one too");
});

test("a session that was taken over goes on in the newer connection", async () => {
  await using platform = await startClocked();
  await prepare(platform);
  const older = await logIn(platform, { clean: false });
  await pubTo(platform, topic, "unanswered");
  await nextPublish(older.device);
  const newer = await logIn(platform, { clean: false });
  await using _ = newer.device;
  assert.equal(newer.present, true);
  assert.equal((await nextPublish(newer.device)).dup, true);
  assert.equal((await nextPublish(older.device)).topic, "/ext/notify");
  await older.device.ended();
});

test("a session and its messages are kept for seven days, counted from the leaving", async () => {
  await using platform = await startClocked();
  await prepare(platform);
  await pubTo(platform, topic, "old");
  platform.clock.now = WEEK_MS - 1;
  const inTime = await logIn(platform, { clean: false });
  assert.equal(inTime.present, true);
  assert.equal((await nextPublish(inTime.device)).payload.toString(), "old");
  await leave(inTime.device);
  platform.clock.now += WEEK_MS;
  const late = await logIn(platform, { clean: false });
  assert.equal(late.present, false);
  await leave(late.device);
});

test("a message older than seven days is not sent, though its session lives", async () => {
  await using platform = await startClocked({ sessionKeepMs: 10 * WEEK_MS });
  await prepare(platform);
  await pubTo(platform, topic, "old");
  platform.clock.now = WEEK_MS;
  await pubTo(platform, topic, "new");
  const { device } = await logIn(platform, { clean: false });
  await using _ = device;
  assert.equal((await nextPublish(device)).payload.toString(), "new");
  assert.equal(platform.counters().undelivered["expired"], 1);
});

test("MQTT 5: a session lives as long as its expiry says, and DISCONNECT may change it", async () => {
  await using platform = await startClocked();
  const asking = (sessionExpiryInterval: number) => ({
    clean: false,
    protocolVersion: 5,
    properties: { sessionExpiryInterval },
  });
  await prepare(platform, asking(60));
  platform.clock.now = 59_999;
  const inTime = await logIn(platform, asking(60));
  assert.equal(inTime.present, true);
  inTime.device.send({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 10 } });
  await inTime.device.ended();
  platform.clock.now += 10_000;
  const late = await logIn(platform, asking(60));
  assert.equal(late.present, false);
  await leave(late.device);
  const again = await logIn(platform, asking(0));
  assert.equal(again.present, true);
  await leave(again.device);
  assert.equal((await logIn(platform, asking(0))).present, false, "an expiry of 0 ends with its connection");
});

test("what waits is bounded in number and in bytes, for one device and for all", async () => {
  await using platform = await startClocked({ queuedMessages: 3, queuedBytes: 4096, allQueuedBytes: 8192 });
  await prepare(platform);
  for (let i = 0; i < 5; i++) await pubTo(platform, topic, `${i}`);
  assert.deepEqual(platform.counters().undelivered, { "queue-full": 2 });
  const { device } = await logIn(platform, { clean: true });
  await leave(device);
  await prepare(platform);
  for (let i = 0; i < 3; i++) await pubTo(platform, topic, Buffer.alloc(2000));
  assert.deepEqual(platform.counters().undelivered, { "queue-full": 4 });
  const kept = await logIn(platform, { clean: false });
  await using _ = kept.device;
  const { messageId, payload } = await nextPublish(kept.device);
  assert.equal(payload.length, 2000);
  kept.device.send({ cmd: "puback", messageId: messageId ?? 0 });
  await settle(kept.device);
  await pubTo(platform, topic, Buffer.alloc(2000));
  assert.equal((await nextPublish(kept.device)).payload.length, 2000, "an acknowledgement makes room");
});

test("a queue that is longer than a slow reader may be behind is sent bit by bit, and nobody is cut off", async () => {
  await using platform = await startClocked({ slowReaderBytes: 64 * 1024 });
  await prepare(platform);
  for (let i = 0; i < 40; i++) await pubTo(platform, topic, Buffer.alloc(200_000, i));
  const { device } = await logIn(platform, { clean: false });
  await using _ = device;
  for (let i = 0; i < 40; i++) {
    const { payload, messageId } = await nextPublish(device);
    assert.equal(payload[0], i);
    device.send({ cmd: "puback", messageId: messageId ?? 0 });
  }
  await settle(device);
  assert.deepEqual(platform.counters().closed, { disconnect: 1 });
});
