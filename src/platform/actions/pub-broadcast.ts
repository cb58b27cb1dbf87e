import { productOfBroadcastGroup } from "../../protocol/topics.js";
import { allOnline } from "../broadcast-targets.js";
import { isTopicSize } from "../topic-permissions.js";
import { type Action, done } from "./action.js";
import { broadcastToGroup } from "./broadcast-to-group.js";
import { decodeMessageContent } from "./message-content.js";
import { refused } from "./refusals.js";

/**
 * One message to every online device of a product, or to the subscribers of one of its broadcast topics. The devices are
 * fixed here; the answer does not wait for them. MessageId is a bare integer beyond 2^53. [PubBroadcast]
 */
export const pubBroadcast: Action = {
  required: ["ProductKey", "MessageContent"],
  run: (parameters, context) => {
    const { broker, fanOut, nextMessageId } = context;
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
    if (!fanOut.hasRoom()) return { kind: "busy" };
    const messageId = nextMessageId();
    if (topic !== "") {
      broadcastToGroup(context, product, topic, content.body);
    } else {
      const { targets, first } = allOnline(product);
      fanOut.enqueue(targets, first, { messageId }, content.body);
      broker.counters.broadcasts += 1;
    }
    return done({ MessageId: BigInt(messageId) });
  },
};
