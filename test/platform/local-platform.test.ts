import assert from "node:assert/strict";
import { test } from "node:test";
import { IotbError } from "../../src/domain/errors.js";
import { httpCall } from "../support/http-call.js";
import { openOnline } from "../support/platform-device.js";
import { callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(3);

test("a port in use is named, and the other server does not stay behind", async () => {
  await using platform = await startPlatform(devices);
  const taken = Number(new URL(platform.popUrl).port);
  const free = await startPlatform(devices);
  const mqttPort = Number(new URL(free.mqttUrl).port);
  await free[Symbol.asyncDispose]();
  const inUse = (flag: RegExp) => (error: unknown) =>
    error instanceof IotbError &&
    error.code === "port-in-use" &&
    error.message.includes(`127.0.0.1:${taken}`) &&
    flag.test(error.hint ?? "");
  await assert.rejects(startPlatform(devices, { mqttPort, popPort: taken }), inUse(/--pop-port/));
  await assert.rejects(startPlatform(devices, { mqttPort: taken }), inUse(/--mqtt-port/));
  await using again = await startPlatform(devices, { mqttPort });
  assert.equal(again.mqttUrl, `mqtt://127.0.0.1:${mqttPort}`);
});

test("devices that cannot be are refused without their secrets", async () => {
  const secret = "very-secret-value";
  const bad = (productKey: string, deviceName: string) =>
    startPlatform([{ productKey, deviceName, deviceSecret: secret }]);
  const refused = (error: unknown): boolean =>
    error instanceof IotbError && error.code === "bad-input-file" && !`${error.message}${error.hint}`.includes(secret);
  await assert.rejects(bad("p/k", "dev_1"), refused);
  await assert.rejects(bad(PRODUCT, "a/b/c"), refused);
  await assert.rejects(startPlatform([nth(devices, 0), nth(devices, 0)]), refused);
});

test("stopping closes every connection", async () => {
  const platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
  await callApi(platform, "QueryProduct", { ProductKey: PRODUCT });
  await platform[Symbol.asyncDispose]();
  assert.deepEqual(await device.ended(), []);
  await assert.rejects(httpCall(platform.popUrl));
});
