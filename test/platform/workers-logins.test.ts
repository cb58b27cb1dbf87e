import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { KICK_NOTICE } from "../../src/protocol/topics.js";
import {
  connectPacket,
  connectPacket5,
  nextConnack,
  nextPublish,
  openOnline,
  openRaw,
  openWith,
  settle,
  subscribeTo,
} from "../support/platform-device.js";
import { broadcastTo, nth, PRODUCT, triplets } from "../support/platform-start.js";
import { openAt, startStage, WORKERS } from "../support/platform-workers.js";

const devices = triplets(9);
const NOTIFY = "/ext/notify";

test("every device gets in at every worker, and the older connection is told and closed wherever it is", async () => {
  await using stage = await startStage(devices);
  const me = nth(devices, 0);
  let older = await openOnline(stage.url(0), me);
  for (const worker of [1, 2, 2, 0, 1]) {
    const newer = await openOnline(stage.url(worker), me);
    const notice = await nextPublish(older);
    assert.deepEqual([notice.topic, notice.payload.toString()], [NOTIFY, KICK_NOTICE]);
    assert.deepEqual(await older.ended(), []);
    await older[Symbol.asyncDispose]();
    await settle(newer);
    older = newer;
  }
  const { online, connects, closed } = await stage.counters();
  assert.deepEqual([online, connects, closed], [1, 6, { kicked: 5 }]);
  await older[Symbol.asyncDispose]();
});

test("an MQTT 5 device is told by DISCONNECT as well when another worker takes it", async () => {
  await using stage = await startStage(devices);
  const { device: older } = await openWith(stage.url(0), connectPacket5(nth(devices, 0)));
  await using newer = await openOnline(stage.url(1), nth(devices, 0));
  const rest = await older.ended();
  assert.deepEqual(
    rest.map((packet) => (packet.cmd === "disconnect" ? packet.reasonCode : packet.cmd)),
    ["publish", 0x8e],
  );
  await settle(newer);
});

test("claims of one device at once are done one after the other: one stays, the others are kicked", async () => {
  await using stage = await startStage(devices);
  const me = nth(devices, 2);
  const all = await Promise.all(
    Array.from({ length: 12 }, (_, i) => openAt(stage.url(i % WORKERS), generate(connectPacket(me)))),
  );
  for (const device of all) assert.equal((await nextConnack(device)).returnCode, 0);
  const states = await Promise.all(
    all.map(async (device) => {
      device.send({ cmd: "pingreq" });
      const packet = await device.next();
      return packet.cmd;
    }),
  );
  assert.equal(states.filter((cmd) => cmd === "pingresp").length >= 1, true);
  for (;;) {
    const { online, connects, closed } = await stage.counters();
    if (closed["kicked"] !== 11) continue;
    assert.deepEqual([online, connects, closed], [1, 12, { kicked: 11 }]);
    break;
  }
  assert.match(await broadcastTo(stage, "x"), /^\d{19}$/);
  while ((await stage.counters()).deliveries !== 1) await settle(await openRawOnce(stage.url(0)));
  for (const device of all) await device[Symbol.asyncDispose]();
});

/** Any other device's life, to have something to wait for. */
const openRawOnce = (url: string) => openOnline(url, nth(devices, 3));

test("a wrong password at another worker kicks nobody", async () => {
  await using stage = await startStage(devices);
  await using older = await openOnline(stage.url(0), nth(devices, 0));
  const attempts: [changes: Record<string, unknown>, code: number][] = [
    [{ password: Buffer.from("0".repeat(64)) }, 5],
    [{ username: `nobody&${PRODUCT}` }, 5],
    [{ keepalive: 1 }, 3],
    [{ username: "x" }, 4],
  ];
  for (const [changes, code] of attempts) {
    const { device, connack } = await openWith(stage.url(1), connectPacket(nth(devices, 0), changes));
    assert.equal(connack.returnCode, code);
    await device.ended();
    await device[Symbol.asyncDispose]();
  }
  await settle(older);
  const { refused, connects } = await stage.counters();
  assert.deepEqual(
    [refused, connects],
    [{ "wrong-signature": 1, "unknown-device": 1, "keepalive-too-short": 1, "malformed-login": 1 }, 1],
  );
});

test("what comes along with a CONNECT that waits for the hub is done after it, in order", async () => {
  await using stage = await startStage(devices);
  const me = nth(devices, 0);
  const topic = `/${PRODUCT}/${me.deviceName}/user/get`;
  const login = [
    generate(connectPacket(me)),
    generate({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic, qos: 1 }] }),
    generate({ cmd: "pingreq" }),
  ];
  await using device = await openAt(stage.url(1), Buffer.concat(login));
  assert.deepEqual(
    [(await device.next()).cmd, (await device.next()).cmd, (await device.next()).cmd],
    ["connack", "suback", "pingresp"],
  );
  await settle(device);
});

test("more than a login's worth behind a CONNECT that waits ends the connection", async () => {
  await using stage = await startStage(devices);
  const flood = Buffer.alloc(6_000, Buffer.of(0xc0, 0x00));
  const device = await openAt(stage.url(1), Buffer.concat([generate(connectPacket(nth(devices, 0))), flood]));
  assert.deepEqual(await device.ended(), []);
  assert.deepEqual((await stage.counters()).refused, { "packet-too-large": 1 });
});

test("a connection that goes away while it waits leaves a platform where its device can log in", async () => {
  await using stage = await startStage(devices);
  for (let i = 0; i < 5; i++) {
    const hasty = await openRaw(stage.url(1 + (i % 2)));
    hasty.send(connectPacket(nth(devices, 0)));
    await hasty[Symbol.asyncDispose]();
  }
  for (;;) {
    const { refused, closed } = await stage.counters();
    const ended = [...Object.values(refused), ...Object.values(closed)].reduce((sum, count) => sum + count, 0);
    if (ended === 5) break;
  }
  await using device = await openOnline(stage.url(0), nth(devices, 0));
  await settle(device);
});

test("states and statistics follow the workers' words", async () => {
  await using stage = await startStage(devices);
  const online = await Promise.all(devices.slice(0, 6).map((device, i) => openOnline(stage.url(i % WORKERS), device)));
  for (const { deviceName } of devices.slice(0, 6)) await stage.untilStatus(deviceName, "ONLINE");
  await stage.untilStatus(nth(devices, 8).deviceName, "UNACTIVE");
  online[0]?.send({ cmd: "disconnect" });
  await stage.untilStatus(nth(devices, 0).deviceName, "OFFLINE");
  await using moved = await openOnline(stage.url(2), nth(devices, 0));
  await stage.untilStatus(nth(devices, 0).deviceName, "ONLINE");
  assert.deepEqual(await subscribeTo(moved, [NOTIFY]), [0]);
  for (const device of online) await device[Symbol.asyncDispose]();
});
