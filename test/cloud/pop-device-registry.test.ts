import assert from "node:assert/strict";
import { test } from "node:test";
import { createPopClient } from "../../src/cloud/pop-client.js";
import { createPopDeviceRegistry } from "../../src/cloud/pop-device-registry.js";
import { POP_KEYS } from "../support/pop-keys.js";
import { answer, type Script, startPopScriptedServer } from "../support/pop-scripted-server.js";

const signal = new AbortController().signal;
const STATES = ["ONLINE", "OFFLINE", "UNACTIVE", "DISABLE"] as const;
const numberOf = (name: string): number => Number(name.split("_")[1]);
const stateOf = (name: string) => STATES[numberOf(name) % STATES.length] ?? "OFFLINE";

const namesIn = (form: Readonly<Record<string, string>>): string[] =>
  Object.keys(form).flatMap((key) => (key.startsWith("DeviceName.") ? [form[key] ?? ""] : []));

/** Tells every device's state by its number, last name first. */
const tellStates: Script = (response, request) => {
  const list = namesIn(request.form)
    .reverse()
    .map((DeviceName) => ({ DeviceName, Status: stateOf(DeviceName), LastOnlineTime: "" }));
  answer({ Success: true, DeviceStatusList: { DeviceStatus: list } })(response, request);
};

test("states come in the order asked, fifty names a call, one product a call", async () => {
  await using server = await startPopScriptedServer(tellStates);
  const registry = createPopDeviceRegistry(createPopClient({ endpoint: server.endpoint, ...POP_KEYS }));
  const devices = Array.from({ length: 121 }, (_, i) => ({
    productKey: i % 11 === 0 ? "pkB" : "pkA",
    deviceName: `dev_${i}`,
  }));
  const asked = [...devices, { productKey: "pkA", deviceName: "dev_1" }];
  assert.deepEqual(
    await registry.states(asked, signal),
    asked.map(({ deviceName }) => stateOf(deviceName)),
  );
  const calls = server.requests.map(({ form }) => [form["Action"], form["ProductKey"], namesIn(form).length]);
  assert.deepEqual(
    calls.sort((a, b) => String(b).localeCompare(String(a))),
    [
      ["BatchGetDeviceState", "pkB", 11],
      ["BatchGetDeviceState", "pkA", 50],
      ["BatchGetDeviceState", "pkA", 50],
      ["BatchGetDeviceState", "pkA", 10],
    ],
  );
});

test("no devices, no call", async () => {
  await using server = await startPopScriptedServer(tellStates);
  const registry = createPopDeviceRegistry(createPopClient({ endpoint: server.endpoint, ...POP_KEYS }));
  assert.deepEqual(await registry.states([], signal), []);
  assert.equal(server.requests.length, 0);
});

test("devices that the platform tells no known state of fail the call by name", async () => {
  const list = [null, 5, { DeviceName: "dev_0", Status: "ONLINE" }, { DeviceName: "dev_1", Status: "MELTED" }];
  await using server = await startPopScriptedServer(
    answer({ Success: true, DeviceStatusList: { DeviceStatus: list } }),
  );
  const registry = createPopDeviceRegistry(createPopClient({ endpoint: server.endpoint, ...POP_KEYS }));
  const devices = Array.from({ length: 8 }, (_, i) => ({ productKey: "pk", deviceName: `dev_${i}` }));
  await assert.rejects(registry.states(devices, signal), {
    code: "api-refused",
    message: "the platform tells no state of dev_1, dev_2, dev_3, dev_4, dev_5 and 2 more",
  });
});

const product: Script = (response, request) =>
  answer(
    request.form["Action"] === "QueryProduct"
      ? { Success: true, Data: { ProductKey: "pk", ProductName: "Lamps", DeviceCount: 9 } }
      : { Success: true, Data: { deviceCount: 12, onlineCount: 7, activeCount: 11 } },
  )(response, request);

test("a product's facts come from two queries", async () => {
  await using server = await startPopScriptedServer(product);
  const registry = createPopDeviceRegistry(createPopClient({ endpoint: server.endpoint, ...POP_KEYS }));
  assert.deepEqual(await registry.product("pk", signal), {
    productKey: "pk",
    productName: "Lamps",
    onlineCount: 7,
    deviceCount: 12,
  });
});

for (const Data of [null, {}, { onlineCount: "7", deviceCount: 12 }, { onlineCount: -1, deviceCount: 12 }]) {
  test(`a count that is none fails, because the guards rest on it: ${JSON.stringify(Data)}`, async () => {
    await using server = await startPopScriptedServer(answer({ Success: true, Data }));
    const registry = createPopDeviceRegistry(createPopClient({ endpoint: server.endpoint, ...POP_KEYS }));
    await assert.rejects(registry.product("pk", signal), { code: "api-refused", message: /no usable onlineCount/ });
  });
}
