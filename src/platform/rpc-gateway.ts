import type { RpcParameters } from "../protocol/rpc-signature.js";
import { stringToSign, verifyRpc } from "../protocol/rpc-signature.js";
import type { ActionContext } from "./actions/action.js";
import { ACTIONS } from "./actions/action-table.js";
import { createNonceMemory } from "./nonce-memory.js";
import { tally } from "./platform-counters.js";
import { businessError, gatewayError, type RpcAnswer, successAnswer } from "./rpc-answer.js";

/** One pair that may call the API. */
export type AccessKey = { readonly accessKeyId: string; readonly accessKeySecret: string };

/** An API call as it came: query and form together. */
export type RpcCall = { readonly method: string; readonly parameters: RpcParameters };

/** Answers API calls. Synchronous: what a call starts runs after its answer. */
export type RpcGateway = (call: RpcCall) => RpcAnswer;

const VERSION = "2018-01-20";
const COMMON = ["AccessKeyId", "Timestamp", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Signature"];
const MAX_NONCE_LENGTH = 128; // own choice: bounds what is remembered

/**
 * The checks before an action, in a fixed order: Action, Version, Format, the common parameters, the time, the AccessKey, the
 * nonce, the signature, the action's own parameters, the instance. The platform's order is documented nowhere.
 */
export const createRpcGateway = (
  hostId: string,
  accessKeys: readonly AccessKey[],
  context: ActionContext,
): RpcGateway => {
  const { limits, counters, unixMs } = context.broker;
  const secrets = new Map(accessKeys.map((key) => [key.accessKeyId, key.accessKeySecret]));
  const nonces = createNonceMemory(limits.nonceWindowMs, limits.maxNonces);
  const refuse = (status: number, code: string, message: string): RpcAnswer =>
    gatewayError(hostId, status, code, message);
  const missing = (name: string): RpcAnswer => refuse(400, `Missing${name}`, `${name} is mandatory for this action.`);

  const checkForm = (parameters: RpcParameters): RpcAnswer | null => {
    if (!parameters["Action"]) {
      const text = 'The input parameter "Action" that is mandatory for processing this request is not supplied.';
      return refuse(400, "MissingParameter", text);
    }
    if (!parameters["Version"]) return missing("Version");
    if (parameters["Version"] !== VERSION) {
      return refuse(400, "InvalidVersion", "Specified parameter Version is not valid.");
    }
    // By design JSON only. The platform answers XML where Format is absent (recalled), which no client of ours asks for.
    if (parameters["Format"]?.toUpperCase() !== "JSON") {
      return refuse(400, "InvalidParameter.Format", "This platform answers JSON only: send Format=JSON.");
    }
    const absent = COMMON.find((name) => !parameters[name]);
    if (absent !== undefined) return missing(absent);
    if (parameters["SignatureMethod"] !== "HMAC-SHA1" || parameters["SignatureVersion"] !== "1.0") {
      const text = "This platform verifies SignatureMethod HMAC-SHA1, SignatureVersion 1.0.";
      return refuse(400, "InvalidSignatureMethod", text);
    }
    return null;
  };

  const checkTime = (timestamp: string): RpcAnswer | null => {
    const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
    if (Number.isNaN(at)) {
      return refuse(400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.");
    }
    if (Math.abs(unixMs() - at) <= limits.nonceWindowMs) return null;
    return refuse(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
  };

  const checkCaller = ({ method, parameters }: RpcCall): RpcAnswer | null => {
    const accessKeyId = parameters["AccessKeyId"] ?? "";
    const secret = secrets.get(accessKeyId);
    if (secret === undefined) {
      return refuse(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
    }
    const nonce = parameters["SignatureNonce"] ?? "";
    if (nonce.length > MAX_NONCE_LENGTH || nonces.isUsed(accessKeyId, nonce, unixMs())) {
      return refuse(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
    }
    if (!verifyRpc(method, parameters, secret)) {
      const text = `Specified signature is not matched with our calculation. server string to sign is:${stringToSign(method, parameters)}`;
      return refuse(400, "SignatureDoesNotMatch", text);
    }
    nonces.remember(accessKeyId, nonce, unixMs());
    return null;
  };

  const runAction = (parameters: RpcParameters): RpcAnswer => {
    const action = ACTIONS.get(parameters["Action"] ?? "");
    if (!action) {
      const text = "Specified api is not found, please check your url and method.";
      return refuse(404, "InvalidAction.NotFound", text);
    }
    if (action.answersSecret && !context.secretsAllowed) {
      return refuse(404, "InvalidProtocol.NeedSsl", "This action answers with a secret: it needs TLS, or loopback.");
    }
    const absent = action.required.find((name) => !parameters[name]);
    if (absent !== undefined) return missing(absent);
    // Absent is accepted: callers of instances without an id (the old public ones) never send it. [PubBroadcast: IotInstanceId]
    const instance = parameters["IotInstanceId"];
    if (instance && instance !== context.instanceId) {
      return businessError(
        "iot.system.InstanceNotFound",
        `The instance does not exist; this one is ${context.instanceId}.`,
      );
    }
    const result = action.run(parameters, context);
    if (result.kind === "done") return successAnswer(result.fields);
    if (result.kind === "refused") return businessError(result.code, result.message);
    return refuse(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.");
  };

  return (call) => {
    const { parameters } = call;
    const answer =
      checkForm(parameters) ?? checkTime(parameters["Timestamp"] ?? "") ?? checkCaller(call) ?? runAction(parameters);
    counters.apiCalls += 1;
    // An unknown code cannot come from outside: every code here is written in this program, or names a parameter that is.
    if (answer.code !== null) tally(counters.apiRefused, answer.code);
    return answer;
  };
};
