import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createDeviceTable } from "../../src/platform/device-table.js";
import { createQuotas } from "../../src/platform/quotas.js";
import { createRateLimit } from "../../src/platform/rate-limit.js";
import {
  connectPacket,
  nextConnack,
  openOnline,
  openRaw,
  type RawDevice,
  subscribeTo,
} from "../support/platform-device.js";
import { callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(3);
const GROUP = `/broadcast/${PRODUCT}/group1`;

/** A platform with real quotas whose time moves when it is told. */
const startQuotaPlatform = async (options: Parameters<typeof startPlatform>[1] = {}) => {
  let now = 1_000;
  const platform = await startPlatform(devices, { quota: "real", monotonicMs: () => now, ...options });
  const broadcast = async (more: Record<string, string> = {}) =>
    callApi(platform, "PubBroadcast", { ProductKey: PRODUCT, MessageContent: "aGk=", ...more });
  return {
    platform,
    broadcast,
    pass: (ms: number) => {
      now += ms;
    },
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  };
};

test("one full broadcast a minute, whatever the product", async () => {
  await using stage = await startQuotaPlatform();
  assert.equal((await stage.broadcast()).json["Success"], true);
  stage.pass(59_000);
  const { status, json } = await stage.broadcast({ ProductKey: "nobody" });
  assert.deepEqual([status, json["Code"]], [400, "Throttling.User"]);
  assert.equal(json["Message"], "Request was denied due to user flow control.");
  stage.pass(1_000);
  assert.equal((await stage.broadcast()).json["Success"], true);
  assert.equal(stage.platform.counters().broadcasts, 2);
});

test("one subscribed broadcast a second, beside the full ones", async () => {
  await using stage = await startQuotaPlatform();
  assert.equal((await stage.broadcast()).json["Success"], true);
  assert.equal((await stage.broadcast({ TopicFullName: GROUP })).json["Success"], true);
  assert.equal((await stage.broadcast({ TopicFullName: GROUP })).json["Code"], "Throttling.User");
  stage.pass(1_000);
  assert.equal((await stage.broadcast({ TopicFullName: GROUP })).json["Success"], true);
});

test("the other answer to a throttled call is the product's", async () => {
  await using stage = await startQuotaPlatform({ throttling: "business" });
  await stage.broadcast();
  const { status, json } = await stage.broadcast();
  assert.deepEqual([status, json["Success"], json["Code"]], [200, false, "iot.messagebroker.RateLimit"]);
  assert.equal(json["ErrorMessage"], "Failed because of rate limit.");
});

test("each action has its own calls a second", async () => {
  await using stage = await startQuotaPlatform();
  const detail = async () =>
    (await callApi(stage.platform, "BatchQueryDeviceDetail", { ProductKey: PRODUCT, "DeviceName.1": "dev_000000" }))
      .json;
  for (let i = 0; i < 5; i++) assert.equal((await detail())["Success"], true);
  assert.equal((await detail())["Code"], "Throttling.User");
  assert.equal((await callApi(stage.platform, "QueryProduct", { ProductKey: PRODUCT })).json["Success"], true);
  stage.pass(1_000);
  assert.equal((await detail())["Success"], true);
});

test("pages far down are two a second, apart from the others", async () => {
  await using stage = await startQuotaPlatform();
  const page = async (CurrentPage: string) =>
    (await callApi(stage.platform, "QueryDevice", { ProductKey: PRODUCT, PageSize: "50", CurrentPage })).json["Code"];
  for (let i = 0; i < 2; i++) assert.equal(await page("2000"), "iot.common.InvalidPageParams");
  assert.equal(await page("2000"), "Throttling.User");
  assert.equal(await page("1"), undefined);
});

test("without quotas nothing is throttled", async () => {
  await using stage = await startQuotaPlatform({ quota: "off" });
  for (let i = 0; i < 3; i++) assert.equal((await stage.broadcast()).json["Success"], true);
});

test("a device may try to log in five times a minute, also in vain; others are not affected", async () => {
  await using stage = await startQuotaPlatform();
  const { platform } = stage;
  const attempt = async (i: number, changes = {}): Promise<number | undefined> => {
    await using device = await openRaw(platform.mqttUrl);
    device.send(connectPacket(nth(devices, i), changes));
    return (await nextConnack(device)).returnCode;
  };
  const wrong = { password: Buffer.from("0".repeat(64)) };
  for (let i = 0; i < 3; i++) assert.equal(await attempt(0), 0);
  for (let i = 0; i < 2; i++) assert.equal(await attempt(0, wrong), 5);
  assert.equal(await attempt(0), 3);
  assert.equal(await attempt(1), 0);
  assert.equal(platform.counters().refused["connect-rate"], 1);
  stage.pass(60_000);
  assert.equal(await attempt(0), 0);
});

test("an account may log in 500 times a second, all its devices together", () => {
  let now = 0;
  const { takeConnect } = createQuotas("real", () => now);
  const records = [...(createDeviceTable(triplets(501), 0).products.get(PRODUCT)?.devices.values() ?? [])];
  assert.deepEqual(records.map(takeConnect).indexOf(false), 500);
  now = 1_000;
  assert.deepEqual(records.map(takeConnect).indexOf(false), 500);
});

test("the subscriber above the limit of a broadcast topic is refused until another leaves", async () => {
  await using platform = await startPlatform(triplets(1_002), { quota: "real", monotonicMs: steadily() });
  const all = triplets(1_002);
  await using first = await openOnline(platform.mqttUrl, nth(all, 0));
  assert.deepEqual(await subscribeTo(first, [GROUP]), [0]);
  const others: RawDevice[] = [];
  try {
    for (let i = 1; i < 1_000; i++) {
      const device = await openOnline(platform.mqttUrl, nth(all, i));
      others.push(device);
      assert.deepEqual(await subscribeTo(device, [GROUP]), [0]);
    }
    await using last = await openOnline(platform.mqttUrl, nth(all, 1_000));
    assert.deepEqual(await subscribeTo(last, [GROUP, `/broadcast/${PRODUCT}/group2`]), [128, 0]);
    first.send({ cmd: "disconnect" });
    await first.ended();
    assert.deepEqual(await subscribeTo(last, [GROUP]), [0]);
  } finally {
    await Promise.all(others.map((device) => device[Symbol.asyncDispose]()));
  }
});

/** A clock that goes on a little at each reading, so that a fleet never connects too fast. */
function steadily(): () => number {
  let now = 0;
  return () => {
    now += 3;
    return now;
  };
}

test("no stretch of a window holds more than the limit, and none that could be taken is refused", () => {
  const gaps = fc.array(fc.nat({ max: 40 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 100 }), gaps, (count, windowMs, steps) => {
      const take = createRateLimit(count, windowMs);
      const taken: number[] = [];
      let now = 0;
      for (const step of steps) {
        now += step;
        const recent = taken.filter((at) => now - at < windowMs).length;
        assert.equal(take(now), recent < count);
        if (recent < count) taken.push(now);
      }
    }),
  );
});
