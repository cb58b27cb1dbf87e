import assert from "node:assert/strict";
import type { GatewayFault, RpcEnvelope } from "../src/platform/rpc-envelope.js";
import { FUZZ_KEY } from "./fuzz-device.js";

/** What a call came to: `signed`, or the code it is refused with. A refusal has all its parts and shows no secret. */
export const checkEnvelope = (read: { readonly envelope: RpcEnvelope } | { readonly fault: GatewayFault }): string => {
  const fault = "fault" in read ? read.fault : read.envelope.check(FUZZ_KEY.accessKeySecret);
  if (fault === null) return "signed";
  const { status, code, message } = fault;
  assert.ok(status >= 400 && status < 500, `a refusal with status ${status}`);
  assert.match(code, /^[A-Za-z.]+$/);
  assert.ok(message.length > 0, "a refusal without a word");
  assert.ok(!message.includes(FUZZ_KEY.accessKeySecret), "a refusal shows the AccessKey secret");
  return code;
};
