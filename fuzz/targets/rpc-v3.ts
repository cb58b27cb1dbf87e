import { DEFAULT_LIMITS } from "../../src/platform/platform-limits.js";
import { isV3Call, readV3Envelope } from "../../src/platform/rpc-envelope-v3.js";
import { parametersOf, recordOf } from "../../src/platform/rpc-parameters.js";
import { signAcs3 } from "../../src/protocol/acs3-signature.js";
import type { RpcParameters } from "../../src/protocol/rpc-signature.js";
import { sha256Hex } from "../../src/protocol/sha256.js";
import { checkEnvelope } from "../check-envelope.js";
import { FUZZ_KEY } from "../fuzz-device.js";
import type { FuzzTarget } from "../fuzz-target.js";

/** An input: the method's first letter and the query, a line for each header, an empty line, the body. */
const encode = (method: "GET" | "POST", query: RpcParameters, form: RpcParameters, token: string): Buffer => {
  const body = Buffer.from(new URLSearchParams(form).toString());
  const headers: Record<string, string> = {
    host: "127.0.0.1:8087",
    accept: "application/json",
    "x-acs-action": "PubBroadcast",
    "x-acs-version": "2018-01-20",
    "x-acs-date": "2026-01-02T03:04:05Z",
    "x-acs-signature-nonce": "n-1",
    "x-acs-content-sha256": sha256Hex(body),
    ...(token === "" ? {} : { "x-acs-security-token": token }),
  };
  const { accessKeyId, accessKeySecret } = FUZZ_KEY;
  const authorization = signAcs3({ method, path: "/", query, headers, body }, accessKeyId, accessKeySecret);
  const lines = Object.entries({ ...headers, authorization }).map(([name, value]) => `${name}:${value}\n`);
  return Buffer.concat([Buffer.from(`${method[0]}${new URLSearchParams(query)}\n${lines.join("")}\n`), body]);
};

/** Takes an input apart, as node's server would have taken a request apart. */
const decode = (input: Buffer) => {
  const end = input.indexOf("\n\n");
  const head = input.toString("latin1", 1, end < 1 ? input.length : end);
  const body = end < 1 ? Buffer.alloc(0) : input.subarray(end + 2);
  const [query = "", ...lines] = head.split("\n");
  const headers = recordOf(
    lines.map((line): readonly [string, string] => {
      const [name = "", ...value] = line.split(":");
      return [name.toLowerCase(), value.join(":").trim()];
    }),
  );
  return { method: input[0] === 0x50 ? "POST" : "GET", query, headers, body };
};

/** The signature of version 3, in a call's headers. */
export const createRpcV3 = (): FuzzTarget => ({
  name: "rpc-v3",
  corpus: [
    encode("GET", { ProductKey: "a1FuzzProd1", "DeviceName.1": "a !'()*~é" }, {}, ""),
    encode("POST", {}, { ProductKey: "a1FuzzProd1", MessageContent: "eyJhIjoxfQ==" }, "token"),
    encode("POST", { ProductKey: "a1FuzzProd1" }, { MessageContent: "eyJhIjoxfQ==" }, ""),
  ],
  check: (input) => {
    const { method, headers, body, ...texts } = decode(input);
    const query = parametersOf(texts.query, DEFAULT_LIMITS.maxParameters);
    const form = parametersOf(body.toString("utf8"), DEFAULT_LIMITS.maxParameters);
    if (query === null || form === null) return "too many parameters";
    const call = { method, path: "/", query, form, headers, body };
    return isV3Call(call) ? checkEnvelope(readV3Envelope(call)) : "not version 3";
  },
});
