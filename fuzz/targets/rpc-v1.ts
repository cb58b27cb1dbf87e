import assert from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../src/platform/platform-limits.js";
import { readV1Envelope } from "../../src/platform/rpc-envelope-v1.js";
import { parametersOf } from "../../src/platform/rpc-parameters.js";
import { type RpcParameters, signRpc } from "../../src/protocol/rpc-signature.js";
import { checkEnvelope } from "../check-envelope.js";
import { FUZZ_KEY } from "../fuzz-device.js";
import type { FuzzTarget } from "../fuzz-target.js";

const CALL: RpcParameters = {
  Action: "PubBroadcast",
  Version: "2018-01-20",
  Format: "JSON",
  AccessKeyId: FUZZ_KEY.accessKeyId,
  Timestamp: "2026-01-02T03:04:05Z",
  SignatureMethod: "HMAC-SHA1",
  SignatureVersion: "1.0",
  SignatureNonce: "n-1",
  ProductKey: "a1FuzzProd1",
  MessageContent: "eyJhIjoxfQ==",
  "DeviceName.1": "a !'()*~é",
  SecurityToken: "token",
};

/** An input: the method's first letter, the query, a line end, the form. */
const encode = (method: "GET" | "POST", inQuery: (name: string) => boolean): Buffer => {
  const signed: RpcParameters = { ...CALL, Signature: signRpc(method, CALL, FUZZ_KEY.accessKeySecret) };
  const text = (side: boolean): string =>
    new URLSearchParams(Object.entries(signed).filter(([name]) => inQuery(name) === side)).toString();
  return Buffer.from(`${method[0]}${text(true)}\n${text(false)}`);
};

/** The parameters of an API call from query and form, and the signature of version 1 among them. */
export const createRpcV1 = (): FuzzTarget => ({
  name: "rpc-v1",
  corpus: [encode("GET", () => true), encode("POST", () => false), encode("POST", (name) => name.startsWith("S"))],
  check: (input) => {
    const method = input[0] === 0x50 ? "POST" : "GET";
    const [head = "", ...body] = input.toString("utf8", 1).split("\n");
    const query = parametersOf(head, DEFAULT_LIMITS.maxParameters);
    const form = parametersOf(body.join("\n"), DEFAULT_LIMITS.maxParameters);
    if (query === null || form === null) return "too many parameters";
    for (const record of [query, form])
      assert.equal(Object.getPrototypeOf(record), null, "names of objects are special");
    return checkEnvelope(readV1Envelope({ method, path: "/", query, form, headers: Object.create(null), body: input }));
  },
});
