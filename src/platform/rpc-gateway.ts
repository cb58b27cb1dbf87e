import type { AccessKeys } from "./access-keys.js";
import type { ActionContext, ActionResult } from "./actions/action.js";
import { ACTIONS } from "./actions/action-table.js";
import { createNonceMemory } from "./nonce-memory.js";
import { tally } from "./platform-counters.js";
import { businessError, gatewayError, type RpcAnswer, successAnswer } from "./rpc-answer.js";
import { fault, type GatewayFault, missing, type RpcCall, type RpcEnvelope } from "./rpc-envelope.js";
import { readV1Envelope } from "./rpc-envelope-v1.js";
import { isV3Call, readV3Envelope } from "./rpc-envelope-v3.js";

/** Answers API calls: at once, or later where the action waits for a device. Null is no answer: the connection is closed. */
export type RpcGateway = (call: RpcCall) => RpcAnswer | null | Promise<RpcAnswer | null>;

/** How a call above a quota is answered. Which of the two PubBroadcast gets is not documented. */
export type Throttling = "gateway" | "business";

const MAX_NONCE_LENGTH = 128; // own choice: bounds what is remembered

/**
 * The checks before an action, in a fixed order: Action, Version, format, the common parameters, the time, the AccessKey and
 * its token, the nonce, the signature, the action, its own parameters, the quota, the instance. The platform's order is
 * documented nowhere. The signature is of version 3 where the `authorization` header says so, else of version 1.
 */
export const createRpcGateway = (
  hostId: string,
  accessKeys: AccessKeys,
  throttling: Throttling,
  context: ActionContext,
): RpcGateway => {
  const { limits, counters, quotas, unixMs } = context.broker;
  const nonces = createNonceMemory(limits.nonceWindowMs, limits.maxNonces);
  const refuse = ({ status, code, message }: GatewayFault): RpcAnswer => gatewayError(hostId, status, code, message);

  const checkTime = (timestamp: string): { readonly fault: GatewayFault } | null => {
    const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
    if (Number.isNaN(at)) {
      return fault("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.");
    }
    if (Math.abs(unixMs() - at) <= limits.nonceWindowMs) return null;
    return fault("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
  };

  const checkCaller = (envelope: RpcEnvelope): GatewayFault | null => {
    const { accessKeyId, nonce } = envelope;
    const late = checkTime(envelope.timestamp);
    if (late !== null) return late.fault;
    const key = accessKeys(accessKeyId, envelope.securityToken);
    if ("fault" in key) return key.fault;
    if (nonce.length > MAX_NONCE_LENGTH || nonces.isUsed(accessKeyId, nonce, unixMs())) {
      return fault("SignatureNonceUsed", "Specified signature nonce was used already.").fault;
    }
    const wrong = envelope.check(key.secret);
    if (wrong === null) nonces.remember(accessKeyId, nonce, unixMs());
    return wrong;
  };

  const answerOf = (result: ActionResult): RpcAnswer => {
    if (result.kind === "done") return successAnswer(result.fields);
    if (result.kind === "refused") return businessError(result.code, result.message, result.fields);
    const message = "The request has failed due to a temporary failure of the server.";
    return refuse({ status: 503, code: "ServiceUnavailable", message });
  };

  const throttled = (): RpcAnswer =>
    throttling === "business"
      ? businessError("iot.messagebroker.RateLimit", "Failed because of rate limit.")
      : refuse(fault("Throttling.User", "Request was denied due to user flow control.").fault);

  const runAction = ({ action: name, parameters }: RpcEnvelope): RpcAnswer | Promise<RpcAnswer> => {
    const action = ACTIONS.get(name);
    if (!action) {
      const message = "Specified api is not found, please check your url and method.";
      return refuse({ status: 404, code: "InvalidAction.NotFound", message });
    }
    if (action.answersSecret && !context.secretsAllowed) {
      const message = "This action answers with a secret: it needs TLS, or loopback.";
      return refuse({ status: 404, code: "InvalidProtocol.NeedSsl", message });
    }
    const absent = action.required.find((required) => !parameters[required]);
    if (absent !== undefined) return refuse(missing(absent).fault);
    if (!quotas.takeCall(name, parameters)) return throttled();
    // Absent is accepted: callers of instances without an id (the old public ones) never send it. [PubBroadcast: IotInstanceId]
    const instance = parameters["IotInstanceId"];
    if (instance && instance !== context.instanceId) {
      return businessError(
        "iot.system.InstanceNotFound",
        `The instance does not exist; this one is ${context.instanceId}.`,
      );
    }
    const result = action.run(parameters, context);
    return result instanceof Promise ? result.then(answerOf) : answerOf(result);
  };

  const count = (answer: RpcAnswer): RpcAnswer => {
    counters.apiCalls += 1;
    // An unknown code cannot come from outside: every code here is written in this program, or names a parameter that is.
    if (answer.code !== null) tally(counters.apiRefused, answer.code);
    return answer;
  };

  return (call) => {
    const read = isV3Call(call) ? readV3Envelope(call) : readV1Envelope(call);
    if ("fault" in read) return count(refuse(read.fault));
    const wrong = checkCaller(read.envelope);
    if (wrong !== null) return count(refuse(wrong));
    const answer = runAction(read.envelope);
    return answer instanceof Promise ? answer.then(count) : count(answer);
  };
};
