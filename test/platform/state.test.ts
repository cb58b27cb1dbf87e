import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createDeviceTable } from "../../src/platform/device-table.js";
import { checkExportDir, exportState } from "../../src/platform/export-state.js";
import { importState } from "../../src/platform/import-state.js";
import { type PlatformState, restoreSnapshot, snapshotOf } from "../../src/platform/state-snapshot.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";
import { openOnline } from "../support/platform-device.js";
import { callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const SECRET = "0123456789abcdef0123456789abcdef";
const HEADER = "DeviceName,DeviceSecret,ProductKey\n";

describe("a kept state", () => {
  it("brings back products, devices, ids and what they have been through", async () => {
    await using dir = await makeTempDir();
    const path = dir.path("state");
    const devices = triplets(2);
    const kept = await (async () => {
      await using platform = await startPlatform(devices, { instanceId: "iot-test" });
      await callApi(platform, "CreateProduct", { ProductName: "Lamps", NodeType: "0" });
      await callApi(platform, "RegisterDevice", {
        ProductKey: PRODUCT,
        DeviceName: "made",
        Nickname: 'a "nick", name',
      });
      await using _online = await openOnline(platform.mqttUrl, nth(devices, 0));
      const made = await callApi(platform, "QueryDeviceDetail", { ProductKey: PRODUCT, DeviceName: "made" });
      await exportState(path, platform.state());
      return { made: made.json["Data"], state: platform.state() };
    })();
    assert.deepEqual((await stat(path)).mode & 0o777, 0o700);
    for (const name of await readdir(path)) assert.equal((await stat(join(path, name))).mode & 0o777, 0o600, name);

    await using again = await startPlatform([], { state: await importState(path) });
    assert.deepEqual(again.state(), kept.state);
    const detail = await callApi(again, "QueryDeviceDetail", { ProductKey: PRODUCT, DeviceName: "made" });
    assert.deepEqual(detail.json["Data"], kept.made);
    const status = await callApi(again, "GetDeviceStatus", {
      ProductKey: PRODUCT,
      DeviceName: nth(devices, 0).deviceName,
    });
    assert.equal((status.json["Data"] as Record<string, unknown>)["Status"], "OFFLINE");
    await using device = await openOnline(again.mqttUrl, nth(devices, 1));
    assert.ok(device);
  });

  it("can be written by hand: one file of triplets is enough", async () => {
    await using dir = await makeTempDir();
    await dir.write("devices.csv", `${HEADER}dk001,${SECRET},pkA\n`);
    const expected = { products: [], devices: [{ deviceName: "dk001", deviceSecret: SECRET, productKey: "pkA" }] };
    assert.deepEqual(await importState(dir.path("")), expected);
    await dir.write("products.json", '{"products":[{"productKey":"pkA","productName":"Lamps"},{"productKey":"pkB"}]}');
    await dir.write("details.ndjson", '\n{"productKey":"pkA","deviceName":"dk001","disabled":true}\n');
    await using platform = await startPlatform([], { state: await importState(dir.path("")) });
    assert.deepEqual(platform.productKeys(), ["pkA", "pkB"]);
    const { json } = await callApi(platform, "GetDeviceStatus", { ProductKey: "pkA", DeviceName: "dk001" });
    assert.equal((json["Data"] as Record<string, unknown>)["Status"], "DISABLE");
  });

  const wrong: [string, Record<string, string>, RegExp][] = [
    ["no devices.csv", {}, /devices\.csv: no such file$/],
    ["a bad row", { "devices.csv": `${HEADER}x,${SECRET},pk\n` }, /devices\.csv:2:1: the device name/],
    ["no JSON", { "products.json": '{"products":\n [}' }, /products\.json:2:3: not valid JSON/],
    ["no list", { "products.json": "{}" }, /products\.json: no list under "products"/],
    ["another version", { "products.json": '{"schema":"x/2","products":[]}' }, /another version wrote it/],
    ["a bad key", { "products.json": '{"products":[{"productKey":"a b"}]}' }, /product 1: "productKey" is not/],
    [
      "a product twice",
      { "products.json": '{"products":[{"productKey":"p"},{"productKey":"p"}]}' },
      /p is there twice/,
    ],
    [
      "a typing error",
      { "products.json": '{"products":[{"productKey":"p","producName":"x"}]}' },
      /"producName" is none/,
    ],
    ["an inherited name", { "details.ndjson": '{"__proto__":1,"constructor":2}' }, /details\.ndjson:1: /],
    ["a wrong time", { "details.ndjson": '{"createdAt":-1}' }, /details\.ndjson:1: "createdAt" is not a time/],
    ["an unknown device", { "details.ndjson": '{"productKey":"pk","deviceName":"nope"}' }, /has no device pk\/nope/],
    ["no JSON in a line", { "details.ndjson": `\n{"iotId":"${SECRET}",}` }, /details\.ndjson:2:\d+: not valid JSON/],
  ];
  for (const [name, files, message] of wrong) {
    it(`refuses ${name}, by place and without a secret`, async () => {
      await using dir = await makeTempDir();
      if (name !== "no devices.csv") await dir.write("devices.csv", `${HEADER}dk001,${SECRET},pk\n`);
      for (const [file, text] of Object.entries(files)) await dir.write(file, text);
      await assert.rejects(importState(dir.path("")), (thrown: Error) => {
        assert.ok(!thrown.message.includes(SECRET));
        return failsWith("bad-input-file", message)(thrown);
      });
    });
  }

  it("refuses an id or a device that is there twice", () => {
    const device = (deviceName: string) => ({ productKey: "pk", deviceName, deviceSecret: SECRET, iotId: "same" });
    const table = createDeviceTable([{ ...device("dk000") }], 0);
    const restore =
      (...names: string[]) =>
      () =>
        restoreSnapshot(table, { products: [], devices: names.map(device) }, 0);
    assert.throws(restore("dk000"), failsWith("bad-input-file", /pk\/dk000: is there twice/));
    assert.throws(restore("dk001", "dk002"), failsWith("bad-input-file", /iotId of pk\/dk002: is there twice/));
  });

  it("comes back as it was, whatever it is", async () => {
    await using dir = await makeTempDir();
    const time = fc.integer({ min: 1, max: 2 ** 45 });
    const text = fc.string({ minLength: 1, maxLength: 64, unit: "grapheme" }).filter((one) => one.length <= 128);
    const device = fc.record(
      {
        productKey: fc.constantFrom("pkA", "pkB"),
        deviceName: fc.stringMatching(/^[A-Za-z0-9_\-@.:]{4,32}$/),
        deviceSecret: fc.stringMatching(/^[\x21\x23-\x2b\x2d-\x7e]{1,40}$/),
        nickname: text,
        disabled: fc.constant(true),
        createdAt: time,
        activatedAt: time,
        onlineAt: time,
        offlineAt: time,
      },
      { requiredKeys: ["productKey", "deviceName", "deviceSecret", "createdAt"] },
    );
    const key = ({ productKey, deviceName }: { productKey: string; deviceName: string }) =>
      `${productKey}/${deviceName}`;
    const states = fc.uniqueArray(device, { selector: key, maxLength: 8 }).map((devices): PlatformState => {
      const products = ["pkA", "pkB"].map((productKey) => ({
        productKey,
        productName: "n",
        productSecret: "s",
        createdAt: 1,
      }));
      return { products, devices: devices.map((one, i) => ({ ...one, iotId: `id${i}` })) };
    });
    const plain = (state: PlatformState): unknown => JSON.parse(JSON.stringify(state));
    await fc.assert(
      fc.asyncProperty(states, async (state) => {
        const table = createDeviceTable([], 0);
        restoreSnapshot(table, state, 0);
        const kept = snapshotOf(table);
        await exportState(dir.path("state"), kept);
        assert.deepEqual(plain(await importState(dir.path("state"))), plain(kept));
        const sorted = (all: PlatformState["devices"]) => [...all].sort((a, b) => (key(a) < key(b) ? -1 : 1));
        assert.deepEqual(
          plain({ ...kept, devices: sorted(kept.devices) }),
          plain({ ...state, devices: sorted(state.devices) }),
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe("writing a state", () => {
  const state: PlatformState = {
    products: [{ productKey: "pk" }],
    devices: [{ productKey: "pk", deviceName: "dk001", deviceSecret: SECRET }],
  };

  it("takes the place of the former one and leaves nothing beside it", async () => {
    await using dir = await makeTempDir();
    await exportState(dir.path("s"), state);
    await exportState(dir.path("s"), { ...state, devices: [] });
    assert.deepEqual(await readdir(dir.path("")), ["s"]);
    assert.deepEqual((await importState(dir.path("s"))).devices, []);
  });

  it("keeps a link a link", async () => {
    await using dir = await makeTempDir();
    await mkdir(dir.path("real"));
    await symlink(dir.path("real"), dir.path("link"));
    await exportState(dir.path("link"), state);
    assert.deepEqual((await importState(dir.path("real"))).devices.length, 1);
  });

  it("refuses a directory that holds anything else, and touches nothing", async () => {
    await using dir = await makeTempDir();
    await mkdir(dir.path("s"));
    await writeFile(dir.path("s/thesis.doc"), "years of work");
    await assert.rejects(checkExportDir(dir.path("s")), failsWith("output-failed", /it holds something else/));
    await assert.rejects(exportState(dir.path("s"), state), failsWith("output-failed", /it holds something else/));
    assert.equal(await readFile(dir.path("s/thesis.doc"), "utf8"), "years of work");
    assert.deepEqual(await readdir(dir.path("")), ["s"]);
  });

  it("refuses a file, and a place that is not there", async () => {
    await using dir = await makeTempDir();
    await dir.write("f", "");
    await assert.rejects(checkExportDir(dir.path("f")), failsWith("output-failed", /it is a file/));
    await assert.rejects(checkExportDir(dir.path("no/where")), failsWith("output-failed", /is not there or may not/));
  });

  it("leaves the former state whole when it fails half way", async () => {
    await using dir = await makeTempDir();
    await exportState(dir.path("s"), state);
    const devices = [...state.devices, null] as unknown as PlatformState["devices"];
    await assert.rejects(exportState(dir.path("s"), { ...state, devices }), failsWith("output-failed", /./));
    assert.deepEqual(await readdir(dir.path("")), ["s"]);
    assert.deepEqual((await importState(dir.path("s"))).devices.length, 1);
  });
});
