import type { RpcParameters } from "../../protocol/rpc-signature.js";
import type { NewMessage } from "../down-message.js";
import type { ActionResult } from "./action.js";
import { refused } from "./refusals.js";

/** What a message carries beside its body for MQTT 5 devices; absent where the call names none of it. */
type MessageExtras = Pick<NewMessage, "expirySeconds" | "properties">;

/** User properties that one message may carry: own choice, nothing is documented. */
const MAX_USER_PROPERTIES = 20;

/**
 * Reads what a call gives for MQTT 5: `UserProp.N.Key` and `.Value`, `ResponseTopic`, `CorrelationData`,
 * `MessageExpiryInterval` in seconds. That CorrelationData is text, sent as UTF-8, is inferred. [Pub]
 */
export const messageProperties = (parameters: RpcParameters): MessageExtras | { readonly refusal: ActionResult } => {
  const userProperties: Record<string, string> = Object.create(null);
  for (let i = 1; ; i++) {
    const name = parameters[`UserProp.${i}.Key`];
    if (name === undefined) break;
    if (i > MAX_USER_PROPERTIES) return wrong(`A message has at most ${MAX_USER_PROPERTIES} user properties.`);
    userProperties[name] = parameters[`UserProp.${i}.Value`] ?? "";
  }
  const expiry = parameters["MessageExpiryInterval"] ?? "";
  if (expiry !== "" && !(/^\d{1,10}$/.test(expiry) && Number(expiry) <= 0xffff_ffff)) {
    return wrong("MessageExpiryInterval must be 0 to 4294967295 seconds.");
  }
  const { ResponseTopic: responseTopic, CorrelationData: correlationData } = parameters;
  const properties = {
    ...(Object.keys(userProperties).length > 0 ? { userProperties } : {}),
    ...(responseTopic ? { responseTopic } : {}),
    ...(correlationData ? { correlationData: Buffer.from(correlationData) } : {}),
  };
  return {
    ...(expiry === "" ? {} : { expirySeconds: Number(expiry) }),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
  };
};

const wrong = (message: string) => ({ refusal: refused("iot.common.InvalidFormattedParameter", message) });
