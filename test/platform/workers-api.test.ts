import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceTriplet } from "../../src/domain/device.js";
import { connectPacket, nextConnack, openOnline, openRaw, settle, subscribeTo } from "../support/platform-device.js";
import { callApi, nth, PRODUCT, triplets } from "../support/platform-start.js";
import { startStage, WORKERS } from "../support/platform-workers.js";

const devices = triplets(6);

/** The CONNACK code of a login. */
const codeAt = async (url: string, triplet: DeviceTriplet): Promise<number | undefined> => {
  await using device = await openRaw(url);
  device.send(connectPacket(triplet));
  return (await nextConnack(device)).returnCode;
};

for (const [action, reason] of [
  ["DeleteDevice", "deleted"],
  ["DisableThing", "disabled"],
] as const) {
  test(`${action} disconnects a device on any worker and keeps it out of every one`, async () => {
    await using stage = await startStage(devices);
    for (let i = 0; i < 4; i++) {
      const { deviceName } = nth(devices, i);
      const device = await openOnline(stage.url((i + 1) % WORKERS), nth(devices, i));
      const { json } = await callApi(stage, action, { ProductKey: PRODUCT, DeviceName: deviceName });
      assert.equal(json["Success"], true);
      assert.deepEqual(await device.ended(), []);
      for (let worker = 0; worker < WORKERS; worker++)
        assert.equal(await codeAt(stage.url(worker), nth(devices, i)), 5);
      await device[Symbol.asyncDispose]();
    }
    assert.deepEqual((await stage.counters()).closed, { [reason]: 4 });
  });
}

test("a device that is enabled again gets in at once, at any worker", async () => {
  await using stage = await startStage(devices);
  const me = nth(devices, 0);
  const of = { ProductKey: PRODUCT, DeviceName: me.deviceName };
  for (let worker = 0; worker < WORKERS; worker++) {
    await callApi(stage, "DisableThing", of);
    assert.equal(await codeAt(stage.url(worker), me), 5);
    await callApi(stage, "EnableThing", of);
    assert.equal(await codeAt(stage.url(worker), me), 0);
  }
});

test("devices made through the API log in at any worker, under their own names alone", async () => {
  await using stage = await startStage(devices);
  const made: DeviceTriplet[] = [];
  for (let i = 0; i < 4; i++) {
    const { json } = await callApi(stage, "RegisterDevice", { ProductKey: PRODUCT, DeviceName: `made_${i}` });
    const { DeviceSecret } = json["Data"] as { DeviceSecret: string };
    made.push({ productKey: PRODUCT, deviceName: `made_${i}`, deviceSecret: DeviceSecret });
  }
  for (const [i, device] of made.entries()) assert.equal(await codeAt(stage.url(i % WORKERS), device), 0);
  const again = nth(made, 0);
  await callApi(stage, "DeleteDevice", { ProductKey: PRODUCT, DeviceName: again.deviceName });
  const { json } = await callApi(stage, "RegisterDevice", { ProductKey: PRODUCT, DeviceName: again.deviceName });
  const { DeviceSecret } = json["Data"] as { DeviceSecret: string };
  for (let worker = 0; worker < WORKERS; worker++) {
    assert.equal(await codeAt(stage.url(worker), again), 5, "the former secret");
    assert.equal(await codeAt(stage.url(worker), { ...again, deviceSecret: DeviceSecret }), 0);
  }
});

test("a batch registration's devices get in, those of a new product too", async () => {
  await using stage = await startStage(devices);
  const { json: product } = await callApi(stage, "CreateProduct", { ProductName: "second", NodeType: "0" });
  const ProductKey = String(product["ProductKey"]);
  const { json } = await callApi(stage, "BatchRegisterDevice", { ProductKey, Count: "4" });
  const { ApplyId } = json["Data"] as { ApplyId: number };
  const page = async () => (await callApi(stage, "QueryPageByApplyId", { ApplyId: String(ApplyId) })).json;
  let rows: { DeviceName: string; DeviceSecret: string }[] = [];
  while (rows.length < 4) {
    const list = (await page())["ApplyDeviceList"] as { ApplyDeviceInfo: typeof rows };
    rows = list.ApplyDeviceInfo;
  }
  for (const [i, { DeviceName, DeviceSecret }] of rows.entries()) {
    const triplet = { productKey: ProductKey, deviceName: DeviceName, deviceSecret: DeviceSecret };
    assert.equal(await codeAt(stage.url((i + 1) % WORKERS), triplet), 0);
  }
});

test("statistics, pages by state, addresses and details are of all workers", async () => {
  await using stage = await startStage(devices);
  const fleet = await Promise.all(
    devices.slice(0, 4).map((device, i) => openOnline(stage.url((i + 1) % WORKERS), device)),
  );
  for (const { deviceName } of devices.slice(0, 4)) await stage.untilStatus(deviceName, "ONLINE");
  const statistics = await callApi(stage, "QueryDeviceStatistics", { ProductKey: PRODUCT });
  assert.deepEqual(statistics.json["Data"], { deviceCount: 6, onlineCount: 4, activeCount: 4 });
  const { json } = await callApi(stage, "QueryDeviceByStatus", { ProductKey: PRODUCT, Status: "1" });
  assert.equal(json["Total"], 4);
  const names = Object.fromEntries(devices.map(({ deviceName }, i) => [`DeviceName.${i + 1}`, deviceName]));
  const states = await callApi(stage, "BatchGetDeviceState", { ProductKey: PRODUCT, ...names });
  const { DeviceStatus } = states.json["DeviceStatusList"] as { DeviceStatus: { Status: string; AsAddress: string }[] };
  assert.deepEqual(
    DeviceStatus.map(({ Status, AsAddress }) => `${Status} ${AsAddress}`),
    [...Array(4).fill("ONLINE 127.0.0.1"), "UNACTIVE ", "UNACTIVE "],
  );
  const detail = await callApi(stage, "QueryDeviceDetail", {
    ProductKey: PRODUCT,
    DeviceName: nth(devices, 1).deviceName,
  });
  assert.equal((detail.json["Data"] as { IpAddress: string }).IpAddress, "127.0.0.1");
  for (const device of fleet) await device[Symbol.asyncDispose]();
});

test("the limit of logins holds over all workers, also of attempts in vain", async () => {
  await using stage = await startStage(devices, { quota: "real" });
  const me = nth(devices, 0);
  const wrong = { ...me, deviceSecret: "f".repeat(32) };
  for (const [i, triplet] of [me, wrong, me, wrong, me].entries()) {
    assert.equal(await codeAt(stage.url(i % WORKERS), triplet), triplet === me ? 0 : 5);
  }
  assert.equal(await codeAt(stage.url(0), me), 3);
  assert.equal(await codeAt(stage.url(1), nth(devices, 1)), 0);
  assert.equal((await stage.counters()).refused["connect-rate"], 1);
});

test("a broadcast topic has its 1,000 subscribers over all workers, and room when one leaves", async () => {
  const all = triplets(1_006);
  const group = `/broadcast/${PRODUCT}/group1`;
  let now = 0;
  await using stage = await startStage(all, { quota: "real", monotonicMs: () => (now += 3) });
  const fleet = await Promise.all(all.map((device, i) => openOnline(stage.url(i % WORKERS), device)));
  const granted = await Promise.all(fleet.map((device) => subscribeTo(device, [group])));
  assert.equal(granted.filter(([code]) => code === 0).length, 1_000);
  assert.equal(granted.filter(([code]) => code === 128).length, 6);
  const refused = fleet[granted.findIndex(([code]) => code === 128)] as (typeof fleet)[number];
  assert.deepEqual(await subscribeTo(refused, [group, `/broadcast/${PRODUCT}/group2`]), [128, 0]);
  const leaving = fleet[granted.findIndex(([code]) => code === 0)] as (typeof fleet)[number];
  leaving.send({ cmd: "disconnect" });
  await leaving.ended();
  assert.deepEqual(await subscribeTo(refused, [group]), [0]);
  await settle(refused);
  for (const device of fleet) await device[Symbol.asyncDispose]();
});

test("what is kept is complete when the platform has stopped", async () => {
  const stage = await startStage(devices);
  const device = await openOnline(stage.url(2), nth(devices, 0));
  await callApi(stage, "DisableThing", { ProductKey: PRODUCT, DeviceName: nth(devices, 1).deviceName });
  await settle(device);
  await stage[Symbol.asyncDispose]();
  await device.ended();
  const { devices: kept } = stage.state();
  assert.equal(kept.length, 6);
  const [first, second, third] = kept;
  assert.ok((first?.activatedAt ?? 0) > 0 && (first?.offlineAt ?? 0) >= (first?.onlineAt ?? 0));
  assert.deepEqual([second?.disabled, third?.activatedAt, third?.disabled], [true, undefined, undefined]);
});
