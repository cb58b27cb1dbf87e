import { productOfBroadcastGroup } from "../../protocol/topics.js";
import { isTopicSize } from "../topic-permissions.js";
import { type Action, done } from "./action.js";
import { decodeMessageContent } from "./message-content.js";
import { refused } from "./refusals.js";

/**
 * One message to every online device of a product, or to the subscribers of one of its broadcast topics. The devices are
 * fixed here; the answer does not wait for them. MessageId is a bare integer beyond 2^53. [PubBroadcast]
 */
export const pubBroadcast: Action = {
  required: ["ProductKey", "MessageContent"],
  run: (parameters, context) => {
    const { broker, broadcasts, nextMessageId } = context;
    const productKey = parameters["ProductKey"] ?? "";
    const product = broker.devices.products.get(productKey);
    if (!product) return refused("iot.prod.NotExistedProduct");
    const topic = parameters["TopicFullName"] ?? ""; // clients send an empty text for "not given"
    if (topic !== "" && (productOfBroadcastGroup(topic) !== productKey || !isTopicSize(topic, broker.limits))) {
      const message = `TopicFullName must be /broadcast/${productKey}/ and a name.`;
      return refused("iot.messagebroker.InvalidFormattedTopicName", message);
    }
    const content = decodeMessageContent(parameters["MessageContent"] ?? "", broker.limits.broadcastBytes);
    if ("refusal" in content) return content.refusal;
    if (!broadcasts.hasRoom()) return { kind: "busy" };
    const messageId = nextMessageId();
    if (topic !== "") broadcasts.toGroup(product, topic, content.body);
    else broadcasts.toAll(product, messageId, content.body);
    return done({ MessageId: BigInt(messageId) });
  },
};
