import assert from "node:assert/strict";
import { test } from "node:test";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { connectPacket, nextConnack, openOnline, openRaw } from "../support/platform-device.js";
import { callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(5);

type Row = Record<string, unknown>;

const caller =
  (platform: LocalPlatform) =>
  async (action: string, parameters: Record<string, string> = {}): Promise<Row> =>
    (await callApi(platform, action, { ProductKey: PRODUCT, ...parameters })).json;

const named = (names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name, i) => [`DeviceName.${i + 1}`, name]));

const rowsOf = (answer: Row, list: string): Row[] => (answer["Data"] as Record<string, Row[]>)[list] ?? [];
const namesOf = (answer: Row, list = "DeviceInfo"): unknown[] => rowsOf(answer, list).map((row) => row["DeviceName"]);

for (const [action, reason] of [
  ["DisableThing", "disabled"],
  ["DeleteDevice", "deleted"],
] as const) {
  test(`${action} disconnects a device at once and refuses it at login`, async () => {
    await using platform = await startPlatform(devices);
    const call = caller(platform);
    await using device = await openOnline(platform.mqttUrl, nth(devices, 1));
    assert.equal((await call(action, { DeviceName: "dev_000001" }))["Success"], true);
    assert.deepEqual(await device.ended(), []);
    assert.deepEqual(platform.counters().closed, { [reason]: 1 });
    await using again = await openRaw(platform.mqttUrl);
    again.send(connectPacket(nth(devices, 1)));
    assert.equal((await nextConnack(again)).returnCode, 5);
  });
}

test("a disabled device shows as such, an enabled one logs in", async () => {
  await using platform = await startPlatform(devices);
  const call = caller(platform);
  const DeviceName = "dev_000001";
  await call("DisableThing", { DeviceName });
  const status = async () => ((await call("GetDeviceStatus", { DeviceName }))["Data"] as Row)["Status"];
  assert.equal(await status(), "DISABLE");
  assert.deepEqual(namesOf(await call("QueryDeviceByStatus", { Status: "8" }), "SimpleDeviceInfo"), [DeviceName]);
  await call("EnableThing", { DeviceName });
  await using _device = await openOnline(platform.mqttUrl, nth(devices, 1));
  assert.equal(await status(), "ONLINE");
});

test("a deleted device is gone everywhere, and its name is free", async () => {
  await using platform = await startPlatform(devices);
  const call = caller(platform);
  const DeviceName = "dev_000001";
  const { IotId } = (await call("QueryDeviceDetail", { DeviceName }))["Data"] as { IotId: string };
  assert.equal((await call("DeleteDevice", { IotId }))["Success"], true);
  for (const asked of [{ DeviceName }, { IotId }] as Record<string, string>[]) {
    assert.equal((await call("QueryDeviceDetail", asked))["Code"], "iot.device.NotExistedDevice");
    assert.equal((await call("DeleteDevice", asked))["Code"], "iot.device.NotExistedDevice");
  }
  assert.deepEqual(namesOf(await call("QueryDevice")), ["dev_000004", "dev_000003", "dev_000002", "dev_000000"]);
  assert.equal(platform.deviceCount(), 4);
  assert.equal((await call("RegisterDevice", { DeviceName }))["Success"], true);
  assert.equal(namesOf(await call("QueryDevice"))[0], DeviceName);
});

test("devices are paged newest first, by number and by token, while others are deleted", async () => {
  await using platform = await startPlatform(triplets(23));
  const call = caller(platform);
  const byNumber: unknown[] = [];
  for (let page = 1; page <= 3; page++) {
    const answer = await call("QueryDevice", { CurrentPage: String(page) });
    byNumber.push(...namesOf(answer));
    assert.deepEqual([answer["Total"], answer["PageCount"], answer["Page"], answer["PageSize"]], [23, 3, page, 10]);
  }
  const expected = triplets(23)
    .map(({ deviceName }) => deviceName)
    .reverse();
  assert.deepEqual(byNumber, expected);
  assert.deepEqual(namesOf(await call("QueryDevice", { CurrentPage: "4" })), []);
  const byToken: unknown[] = [];
  let token: unknown = null;
  do {
    const answer = await call("QueryDevice", { PageSize: "7", ...(token ? { NextToken: String(token) } : {}) });
    byToken.push(...namesOf(answer));
    if (token === null) await call("DeleteDevice", { DeviceName: "dev_000020" }); // was answered already
    token = answer["NextToken"];
  } while (token);
  assert.deepEqual(byToken, expected);
});

test("ten thousand rows can be had without a token, more with one", async () => {
  await using platform = await startPlatform(triplets(12), { limits: { rowsWithoutToken: 6, rowsWithToken: 9 } });
  const call = caller(platform);
  const page = (CurrentPage: string, more = {}) => call("QueryDevice", { PageSize: "3", CurrentPage, ...more });
  const second = await page("2");
  assert.equal(namesOf(second).length, 3);
  assert.equal((await page("3"))["Code"], "iot.common.InvalidPageParams");
  const third = await page("3", { NextToken: String(second["NextToken"]) });
  assert.deepEqual(namesOf(third), ["dev_000005", "dev_000004", "dev_000003"]);
  const fourth = await page("1", { NextToken: String(third["NextToken"]) });
  assert.equal(fourth["Code"], "iot.common.InvalidPageParams");
});

test("pages that cannot be are refused", async () => {
  await using platform = await startPlatform(devices);
  const call = caller(platform);
  for (const wrong of [{ PageSize: "51" }, { PageSize: "0" }, { CurrentPage: "-1" }, { CurrentPage: "1e3" }]) {
    const parameters = wrong as unknown as Record<string, string>;
    assert.equal((await call("QueryDevice", parameters))["Code"], "iot.common.InvalidPageParams");
  }
  for (const NextToken of ["x", "MS4w", "=".repeat(100), Buffer.from("1.1.1").toString("base64url")]) {
    assert.equal((await call("QueryDevice", { NextToken }))["Code"], "iot.common.InvalidFormattedParameter");
  }
  assert.equal((await call("QueryDevice", { ProductKey: "nobody" }))["Code"], "iot.prod.NotExistedProduct");
  assert.equal((await call("QueryDeviceByStatus", { Status: "2" }))["Code"], "iot.common.InvalidFormattedParameter");
});

test("devices are found by their state", async () => {
  await using platform = await startPlatform(devices);
  const call = caller(platform);
  await using _device = await openOnline(platform.mqttUrl, nth(devices, 2));
  const names = async (Status: string) => namesOf(await call("QueryDeviceByStatus", { Status }), "SimpleDeviceInfo");
  assert.deepEqual(await names("1"), ["dev_000002"]);
  assert.deepEqual(await names("0"), ["dev_000004", "dev_000003", "dev_000001", "dev_000000"]);
  assert.deepEqual(await names("3"), []);
});

test("details of several devices come in the order asked", async () => {
  await using platform = await startPlatform(devices);
  const call = caller(platform);
  const ask = (names: string[]) => call("BatchQueryDeviceDetail", named(names));
  const answer = await ask(["dev_000003", "dev_000001"]);
  assert.deepEqual(
    rowsOf(answer, "Data").map((row) => [row["DeviceName"], row["DeviceSecret"]]),
    [nth(devices, 3), nth(devices, 1)].map(({ deviceName, deviceSecret }) => [deviceName, deviceSecret]),
  );
  assert.equal((await ask([]))["Code"], "iot.device.NoneDeviceNameElement");
  assert.equal((await ask(["dev_000003", "nobody"]))["Code"], "iot.device.NotExistedDevice");
  assert.equal((await ask(Array(101).fill("dev_000003")))["Code"], "iot.device.TooManyElement");
});

test("products are listed newest first, a page at a time", async () => {
  await using platform = await startPlatform(devices);
  const call = caller(platform);
  await call("CreateProduct", { ProductName: "lamps", NodeType: "0" });
  await call("CreateProduct", { ProductName: "doors", NodeType: "1" });
  const data = (await call("QueryProductList", { CurrentPage: "1", PageSize: "2" }))["Data"] as Row;
  const { ProductInfo } = data["List"] as { ProductInfo: Row[] };
  assert.deepEqual(
    ProductInfo.map((row) => [row["ProductName"], row["NodeType"]]),
    [
      ["doors", 1],
      ["lamps", 0],
    ],
  );
  assert.deepEqual([data["Total"], data["PageCount"], data["PageSize"], data["CurrentPage"]], [3, 2, 2, 1]);
  assert.equal((await call("QueryProductList", { CurrentPage: "1" }))["Code"], "MissingPageSize");
  assert.equal(
    (await call("CreateProduct", { ProductName: "lamps", NodeType: "2" }))["Code"],
    "iot.common.InvalidFormattedParameter",
  );
});

test("where callers are on other machines, no action answers with a secret in the clear", async () => {
  await using platform = await startPlatform(devices, { bind: "0.0.0.0" });
  const local = { ...platform, popUrl: platform.popUrl.replace("0.0.0.0", "127.0.0.1") };
  const call = caller(local);
  for (const action of ["QueryDevice", "QueryDeviceByStatus", "BatchQueryDeviceDetail", "QueryPageByApplyId"]) {
    assert.equal((await call(action))["Code"], "InvalidProtocol.NeedSsl", action);
  }
});
