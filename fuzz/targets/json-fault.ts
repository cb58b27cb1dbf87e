import assert from "node:assert/strict";
import { IotbError } from "../../src/domain/errors.js";
import { parseDeviceConfig } from "../../src/protocol/device-config.js";
import { findJsonFault } from "../../src/protocol/json-fault.js";
import { FUZZ_DEVICE } from "../fuzz-device.js";
import type { FuzzTarget } from "../fuzz-target.js";

const SAMPLES = [
  JSON.stringify(FUZZ_DEVICE),
  `\ufeff${JSON.stringify({ ...FUZZ_DEVICE, host: "mqtt://127.0.0.1:1883" }, null, 2)}`,
  `{"a":[1,-2.5e+10,true,false,null,"\\u00e9\\n\\"",{}],"b":{"c":[[],[{}]]}}`,
  ' [ 0 , "" , { "" : 1e-7 } ] ',
  '"x"',
  `${"[".repeat(2000)}1${"]".repeat(2000)}`,
];

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** What a device config comes to; only its documented refusal is not a finding. */
const configOutcome = (text: string): string => {
  try {
    parseDeviceConfig(text, "file");
    return "a device";
  } catch (thrown) {
    if (!(thrown instanceof IotbError) || thrown.code !== "bad-input-file") throw thrown;
    assert.ok(!thrown.message.includes(FUZZ_DEVICE.deviceSecret), "a refusal shows the secret");
    return "no device";
  }
};

/** The JSON fault finder, which must agree with the engine's parser, and the device config that is read with it. */
export const createJsonFault = (): FuzzTarget => ({
  name: "json-fault",
  corpus: SAMPLES.map((text) => Buffer.from(text)),
  check: (input) => {
    const text = input.toString("utf8");
    const fault = findJsonFault(text);
    assert.equal(fault === null, isJson(text), `JSON.parse does not agree with ${JSON.stringify(fault)}`);
    if (fault !== null) {
      assert.ok(fault.offset >= 0 && fault.offset <= text.length, `an offset of ${fault.offset}`);
      assert.ok(fault.line >= 1 && fault.column >= 1, `a fault at ${fault.line}:${fault.column}`);
    }
    return `${fault === null ? "JSON" : "not JSON"}, ${configOutcome(text)}`;
  },
});
