import assert from "node:assert/strict";
import { test } from "node:test";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { openOnline } from "../support/platform-device.js";
import { callApi, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

type Row = Record<string, unknown>;

const caller =
  (platform: LocalPlatform) =>
  async (action: string, parameters: Record<string, string> = {}): Promise<Row> =>
    (await callApi(platform, action, { ProductKey: PRODUCT, ...parameters })).json;

type Caller = ReturnType<typeof caller>;

const applyIdOf = (answer: Row): string => {
  const { ApplyId } = (answer["Data"] ?? {}) as { ApplyId?: number };
  assert.equal(typeof ApplyId, "number", JSON.stringify(answer));
  return String(ApplyId);
};

/** Asks until the work is over; every call is a turn of the platform's event loop, so there is nothing to wait for. */
const settled = async (call: Caller, ApplyId: string): Promise<{ states: string[]; data: Row }> => {
  const states: string[] = [];
  for (;;) {
    const data = (await call("QueryBatchRegisterDeviceStatus", { ApplyId }))["Data"] as Row;
    const status = String(data["Status"]);
    if (states.at(-1) !== status) states.push(status);
    if (status !== "CHECK" && status !== "CREATE") return { states, data };
  }
};

const listed = async (call: Caller, ApplyId: string): Promise<{ DeviceName: string; DeviceSecret: string }[]> => {
  const rows: { DeviceName: string; DeviceSecret: string }[] = [];
  for (let page = 1; ; page++) {
    const answer = await call("QueryPageByApplyId", { ApplyId, CurrentPage: String(page), PageSize: "50" });
    const { ApplyDeviceInfo } = answer["ApplyDeviceList"] as { ApplyDeviceInfo: typeof rows };
    rows.push(...ApplyDeviceInfo);
    if (page >= Number(answer["PageCount"])) return rows;
  }
};

const namesFrom = (count: number): string[] => Array.from({ length: count }, (_, i) => `lamp-${i}`);
const asNames = (names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name, i) => [`DeviceName.${i + 1}`, name]));

test("ten thousand names are checked, created and listed, off the calls", async () => {
  await using platform = await startPlatform(triplets(1));
  const call = caller(platform);
  const names = namesFrom(10_000);
  const ApplyId = applyIdOf(await call("BatchCheckDeviceNames", asNames(names)));
  const checked = await settled(call, ApplyId);
  assert.deepEqual(checked.states.at(-1), "CHECK_SUCCESS");
  assert.deepEqual(checked.data["ValidList"], { Name: names });
  assert.equal(platform.deviceCount(), 1);
  assert.equal(applyIdOf(await call("BatchRegisterDeviceWithApplyId", { ApplyId })), ApplyId);
  assert.equal((await settled(call, ApplyId)).states.at(-1), "CREATE_SUCCESS");
  assert.equal(platform.deviceCount(), 10_001);
  const rows = await listed(call, ApplyId);
  assert.deepEqual(
    rows.map(({ DeviceName }) => DeviceName),
    names,
  );
  const [first] = rows;
  assert.ok(first);
  const triplet = { productKey: PRODUCT, deviceName: first.DeviceName, deviceSecret: first.DeviceSecret };
  await using _device = await openOnline(platform.mqttUrl, triplet);
});

test("a batch with random names needs no check", async () => {
  await using platform = await startPlatform(triplets(1));
  const call = caller(platform);
  const ApplyId = applyIdOf(await call("BatchRegisterDevice", { Count: "120" }));
  assert.equal((await settled(call, ApplyId)).states.at(-1), "CREATE_SUCCESS");
  const rows = await listed(call, ApplyId);
  assert.equal(new Set(rows.map(({ DeviceName }) => DeviceName)).size, 120);
  assert.equal(new Set(rows.map(({ DeviceSecret }) => DeviceSecret)).size, 120);
  assert.equal(platform.deviceCount(), 121);
});

test("names that are taken or come twice fail the check, and nothing can be created", async () => {
  await using platform = await startPlatform(triplets(1));
  const call = caller(platform);
  const ApplyId = applyIdOf(await call("BatchCheckDeviceNames", asNames(["dev_000000", "lamp-1", "lamp-2", "lamp-1"])));
  const { data } = await settled(call, ApplyId);
  assert.deepEqual(data, {
    Status: "CHECK_FAILED",
    ValidList: { Name: ["lamp-1", "lamp-2"] },
    InvalidList: { Name: ["dev_000000", "lamp-1"] },
  });
  const refused = await call("BatchRegisterDeviceWithApplyId", { ApplyId });
  assert.equal(refused["Code"], "iot.device.ApplyManyDevicesFailed");
  assert.equal(platform.deviceCount(), 1);
});

test("an application is used once, and a name taken meanwhile is told", async () => {
  await using platform = await startPlatform(triplets(1));
  const call = caller(platform);
  const ApplyId = applyIdOf(await call("BatchCheckDeviceNames", asNames(["lamp-1", "lamp-2"])));
  await settled(call, ApplyId);
  await call("RegisterDevice", { DeviceName: "lamp-1" });
  await call("BatchRegisterDeviceWithApplyId", { ApplyId });
  const { data } = await settled(call, ApplyId);
  assert.deepEqual([data["Status"], data["InvalidList"]], ["CREATE_FAILED", { Name: ["lamp-1"] }]);
  assert.deepEqual(
    (await listed(call, ApplyId)).map(({ DeviceName }) => DeviceName),
    ["lamp-2"],
  );
  const again = await call("BatchRegisterDeviceWithApplyId", { ApplyId });
  assert.equal(again["Code"], "iot.device.ApplyManyDevicesFailed");
  assert.equal(platform.deviceCount(), 3);
});

test("names and nicknames that cannot be are listed at once", async () => {
  await using platform = await startPlatform(triplets(1));
  const answer = await caller(platform)("BatchCheckDeviceNames", {
    "DeviceName.1": "not-looked-at!",
    "DeviceNameList.1.DeviceName": "lamp-1",
    "DeviceNameList.1.DeviceNickname": "the lamp",
    "DeviceNameList.2.DeviceName": "a b",
    "DeviceNameList.3.DeviceName": "lamp-3",
    "DeviceNameList.3.DeviceNickname": "x",
  });
  assert.deepEqual([answer["Success"], answer["Code"]], [false, "iot.device.InvalidFormattedDeviceName"]);
  assert.deepEqual(answer["Data"], {
    InvalidDeviceNameList: { InvalidDeviceName: ["a b"] },
    InvalidDeviceNicknameList: { InvalidDeviceNickname: ["x"] },
  });
});

test("nicknames arrive with their devices", async () => {
  await using platform = await startPlatform(triplets(1));
  const call = caller(platform);
  const ApplyId = applyIdOf(
    await call("BatchCheckDeviceNames", {
      "DeviceNameList.1.DeviceName": "lamp-1",
      "DeviceNameList.1.DeviceNickname": "智能灯",
    }),
  );
  await settled(call, ApplyId);
  await call("BatchRegisterDeviceWithApplyId", { ApplyId });
  await settled(call, ApplyId);
  const { Nickname } = (await call("QueryDeviceDetail", { DeviceName: "lamp-1" }))["Data"] as Row;
  assert.equal(Nickname, "智能灯");
});

const refusals: [what: string, action: string, parameters: Record<string, string>, code: string][] = [
  ["no names", "BatchCheckDeviceNames", {}, "iot.device.NoneDeviceNameElement"],
  ["too many names", "BatchCheckDeviceNames", asNames(namesFrom(10_001)), "iot.device.TooManyElement"],
  ["too many devices", "BatchRegisterDevice", { Count: "10001" }, "iot.common.InvalidFormattedParameter"],
  ["no device", "BatchRegisterDevice", { Count: "0" }, "iot.common.InvalidFormattedParameter"],
  ["a strange id", "QueryPageByApplyId", { ApplyId: "__proto__" }, "iot.device.InvalidFormattedApplyId"],
  ["an unknown id", "QueryBatchRegisterDeviceStatus", { ApplyId: "12" }, "iot.device.DeviceApplyIsNotFound"],
];

for (const [what, action, parameters, code] of refusals) {
  test(`${action} with ${what} is refused: ${code}`, async () => {
    await using platform = await startPlatform(triplets(1));
    assert.equal((await caller(platform)(action, parameters))["Code"], code);
  });
}

test("an application belongs to its product", async () => {
  await using platform = await startPlatform([...triplets(1), ...triplets(1, "other")]);
  const call = caller(platform);
  const ApplyId = applyIdOf(await call("BatchRegisterDevice", { Count: "1" }));
  const answer = await call("QueryBatchRegisterDeviceStatus", { ApplyId, ProductKey: "other" });
  assert.equal(answer["Code"], "iot.device.DeviceApplyIsNotFound");
});

test("old applications are forgotten, never those at work", async () => {
  await using platform = await startPlatform(triplets(1), { limits: { registrations: 2 } });
  const call = caller(platform);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const ApplyId = applyIdOf(await call("BatchRegisterDevice", { Count: "1" }));
    await settled(call, ApplyId);
    ids.push(ApplyId);
  }
  const [first = "", , third = ""] = ids;
  assert.equal((await call("QueryPageByApplyId", { ApplyId: first }))["Code"], "iot.device.DeviceApplyIsNotFound");
  assert.equal((await listed(call, third)).length, 1);
});
