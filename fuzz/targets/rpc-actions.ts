import assert from "node:assert/strict";
import { createAccessKeys } from "../../src/platform/access-keys.js";
import { ACTIONS } from "../../src/platform/actions/action-table.js";
import { createBatchRegistrations } from "../../src/platform/batch-registration.js";
import { createFanOut } from "../../src/platform/fan-out.js";
import { createLocalBroadcasts, createLocalReach } from "../../src/platform/local-reach.js";
import { createPacketParser } from "../../src/platform/packet-parser.js";
import { createRpcGateway } from "../../src/platform/rpc-gateway.js";
import { parametersOf } from "../../src/platform/rpc-parameters.js";
import { createRrpcExchanges } from "../../src/platform/rrpc-exchanges.js";
import { createMessageIds } from "../../src/protocol/message-id.js";
import { type RpcParameters, signRpc } from "../../src/protocol/rpc-signature.js";
import { createFuzzBroker } from "../fuzz-broker.js";
import { FUZZ_DEVICE, FUZZ_KEY, FUZZ_NOW } from "../fuzz-device.js";
import type { FuzzTarget } from "../fuzz-target.js";

const INSTANCE = "iot-fuzz";

/** Values for the names of parameters that any action asks for. */
const VALUES: Record<string, string> = {
  ProductKey: FUZZ_DEVICE.productKey,
  DeviceName: FUZZ_DEVICE.deviceName,
  "DeviceName.1": FUZZ_DEVICE.deviceName,
  "DeviceName.2": "other_one",
  MessageContent: "eyJhIjoxfQ==",
  RequestBase64Byte: "eyJhIjoxfQ==",
  TopicFullName: `/${FUZZ_DEVICE.productKey}/${FUZZ_DEVICE.deviceName}/user/get`,
  Qos: "1",
  Count: "2",
  CurrentPage: "1",
  PageSize: "10",
  Timeout: "1000",
  ApplyId: "1000001",
  ProductName: "name",
  NodeType: "0",
  Status: "1",
};

/** What every call has and the fuzzer leaves alone: behind the signature is where it is to get. */
const COMMON: RpcParameters = {
  Version: "2018-01-20",
  Format: "JSON",
  AccessKeyId: FUZZ_KEY.accessKeyId,
  Timestamp: new Date(FUZZ_NOW).toISOString().replace(".000", ""),
  SignatureMethod: "HMAC-SHA1",
  SignatureVersion: "1.0",
  SignatureNonce: "n-1",
};

const createGateway = () => {
  const broker = createFuzzBroker(createPacketParser());
  const fanOut = createFanOut(broker);
  const registrations = createBatchRegistrations(broker.limits, broker.unixMs);
  const rrpc = createRrpcExchanges(broker.limits.pendingRrpc);
  const context = {
    broker,
    broadcasts: createLocalBroadcasts(broker, fanOut),
    reach: createLocalReach(broker, rrpc),
    registrations,
    instanceId: INSTANCE,
    nextMessageId: createMessageIds(0, broker.unixMs),
    secretsAllowed: true,
  };
  const gateway = createRpcGateway("127.0.0.1", createAccessKeys([FUZZ_KEY]), "gateway", context);
  return {
    gateway,
    [Symbol.dispose]: () => {
      for (const part of [fanOut, registrations, rrpc]) part[Symbol.dispose]();
    },
  };
};

/** The actions behind a signature that is right: an input is the form of a call, signed as it is. */
export const createRpcActions = (): FuzzTarget => ({
  name: "rpc-actions",
  corpus: [...ACTIONS.keys()].map((Action) => Buffer.from(new URLSearchParams({ Action, ...VALUES }).toString())),
  check: (input) => {
    const given = parametersOf(input.toString("utf8"), 1_000);
    if (given === null) return "too many parameters";
    const parameters: Record<string, string> = Object.assign(Object.create(null), given, COMMON);
    parameters["Signature"] = signRpc("POST", parameters, FUZZ_KEY.accessKeySecret);
    using stage = createGateway();
    const form = parameters;
    const [query, headers] = [Object.create(null), Object.create(null)];
    const answer = stage.gateway({ method: "POST", path: "/", query, form, headers, body: input });
    if (answer instanceof Promise) return "waits for a device";
    assert.ok(answer !== null, "only a fault that was asked for leaves a call unanswered");
    assert.ok([200, 400, 404, 503].includes(answer.status), `status ${answer.status}`);
    const body: unknown = JSON.parse(answer.body);
    assert.ok(typeof body === "object" && body !== null && "RequestId" in body, "an answer without a request id");
    assert.notEqual(answer.code, "SignatureDoesNotMatch", "the same parameters were signed in two ways");
    return answer.code ?? "done";
  },
});
