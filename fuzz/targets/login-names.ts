import assert from "node:assert/strict";
import { parseClientId, parseUsername, verifyPassword } from "../../src/protocol/mqtt-credentials.js";
import { FUZZ_DEVICE } from "../fuzz-device.js";
import type { FuzzTarget } from "../fuzz-target.js";

/** Client ids and user names of clients that were seen. */
const SAMPLES = [
  "a1FuzzProd1.fuzz_device|securemode=3,signmethod=hmacsha256,timestamp=1700000000000|",
  "x|securemode=2,signmethod=hmacsha1,_v=sdk-c-3.0.0,lan=C,ext=1,|",
  "|securemode=3|",
  `${"i".repeat(64)}|signmethod=sha256, timestamp = 1 |`,
  "fuzz_device&a1FuzzProd1",
  "a@b:c.d-e&p",
];

/** What a device calls itself at login. */
export const createLoginNames = (): FuzzTarget => ({
  name: "login-names",
  corpus: SAMPLES.map((text) => Buffer.from(text)),
  check: (input) => {
    const text = input.toString("utf8");
    const address = parseUsername(text);
    if (address !== null) {
      assert.equal(`${address.deviceName}&${address.productKey}`, text, "a user name is not the sum of its parts");
    }
    const clientId = parseClientId(text);
    if (clientId !== null) {
      assert.ok(clientId.base.length <= 64, "the free part is too long");
      assert.ok(text.startsWith(`${clientId.base}|`) && text.endsWith("|"), "the free part is not what was sent");
      assert.ok(!verifyPassword(FUZZ_DEVICE, clientId, "0".repeat(64)), "a password of zeros is right");
    }
    return `${clientId === null ? "no client id" : clientId.method}, ${address === null ? "no user name" : "user name"}`;
  },
});
