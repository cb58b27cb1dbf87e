import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IotbError } from "../../src/domain/errors.js";
import { parseDeviceConfig } from "../../src/protocol/device-config.js";

const SECRET = "9d1f0c3b7a5e48c2b6d4e8f1a3057c91";
const CONFIG = { productKey: "g6palBDnzyT", deviceName: "dk001", deviceSecret: SECRET, host: "127.0.0.1" };
const TRIPLET = { productKey: "g6palBDnzyT", deviceName: "dk001", deviceSecret: SECRET };

/** The error that a text makes; fails where there is none or where it tells the secret. */
const errorOf = (text: string, secret = SECRET): IotbError => {
  try {
    parseDeviceConfig(text, "c.json");
  } catch (thrown) {
    assert.ok(thrown instanceof IotbError);
    assert.equal(thrown.code, "bad-input-file");
    assert.ok(!`${thrown.message} ${thrown.hint}`.includes(secret), thrown.message);
    return thrown;
  }
  return assert.fail("no error");
};

describe("parseDeviceConfig", () => {
  it("reads a device and its host", () => {
    assert.deepEqual(parseDeviceConfig(JSON.stringify(CONFIG), "c.json"), { triplet: TRIPLET, host: "127.0.0.1" });
  });

  it("needs no host, and leaves other keys alone", () => {
    const { host: _, ...rest } = CONFIG;
    assert.deepEqual(parseDeviceConfig(`\ufeff${JSON.stringify({ ...rest, extra: [1] })}`, "c.json"), {
      triplet: TRIPLET,
      host: null,
    });
  });

  it("shows the line of an unquoted key and says what keys need", () => {
    const error = errorOf(`{\n  productKey: "g6palBDnzyT",\n  deviceSecret: "${SECRET}"\n}`);
    assert.equal(error.message, 'c.json:2:3: a key needs double quotes: productKey: "g6palBDnzyT",');
    assert.match(error.hint ?? "", /keys and texts need double quotes/);
  });

  const leaks: [string, string, string][] = [
    ["on the bad line", `{ productKey: "pk", deviceName: "dk001", deviceSecret: "${SECRET}" }`, SECRET],
    ["short", `{ deviceSecret: "hunter2" }`, "hunter2"],
    ["with blanks", `{ "deviceSecret": "hunter two" x }`, "hunter two"],
    ["with an escaped quote", `{ "deviceSecret": "hun\\"ter2", x }`, "ter2"],
    ["in single quotes", `{ 'deviceSecret': 'hunter2' }`, "hunter2"],
    ["without quotes", `{ "deviceSecret": hunter2 }`, "hunter2"],
    ["on a line of its own", `{ "deviceSecret":\nhunter2 }`, "hunter2"],
    ["never closed", `{ "deviceSecret": "hunter2`, "hunter2"],
    ["of another type", `{ "productKey":"pk","deviceName":"dk001","deviceSecret": 12345678 }`, "12345678"],
  ];
  for (const [name, text, secret] of leaks) it(`never tells a secret ${name}`, () => void errorOf(text, secret));

  it("cuts long lines", () => assert.ok(errorOf(`{ x ${"y ".repeat(5_000)}}`).message.length < 200));

  const wrong: [string, object | string, RegExp][] = [
    ["a list", "[]", /:1:1: not a JSON object/],
    ["no name", { ...CONFIG, deviceName: undefined }, /no key deviceName/],
    ["a bad product key", { ...CONFIG, productKey: "a/b" }, /c\.json:1:2: productKey is not/],
    ["a bad name", { ...CONFIG, deviceName: 7 }, /deviceName is not/],
    ["an empty secret", { ...CONFIG, deviceSecret: "" }, /deviceSecret is empty/],
    ["a host with blanks", { ...CONFIG, host: "a b" }, /host is not/],
  ];
  for (const [name, value, message] of wrong) {
    it(`refuses ${name}`, () =>
      assert.match(errorOf(typeof value === "string" ? value : JSON.stringify(value)).message, message));
  }
});
