import { isTopicName, productOfBroadcastGroup } from "../../protocol/topics.js";
import { findDevice } from "../device-table.js";
import { isTopicSize, ownerOf } from "../topic-permissions.js";
import { type Action, done } from "./action.js";
import { decodeMessageContent } from "./message-content.js";
import { messageProperties } from "./message-properties.js";
import { refused } from "./refusals.js";

/**
 * One message to one device's topic, or to a broadcast topic. Accepted is not delivered: for a device that is offline or not
 * subscribed the answer is the same (what the platform answers is not documented), and the message is dropped unless it is QoS 1
 * and the device left a persistent session. MessageId is a text here. [Pub]
 */
export const pub: Action = {
  required: ["ProductKey", "TopicFullName", "MessageContent"],
  run: (parameters, context) => {
    const { broker, broadcasts, reach, nextMessageId } = context;
    const productKey = parameters["ProductKey"] ?? "";
    const product = broker.devices.products.get(productKey);
    if (!product) return refused("iot.prod.NotExistedProduct");
    const qos = parameters["Qos"] || "0";
    if (qos !== "0" && qos !== "1") return refused("iot.common.InvalidFormattedParameter", "Qos must be 0 or 1.");
    const topic = parameters["TopicFullName"] ?? "";
    if (!isTopicName(topic) || !isTopicSize(topic, broker.limits)) {
      return refused("iot.messagebroker.InvalidFormattedTopicName");
    }
    const content = decodeMessageContent(parameters["MessageContent"] ?? "", broker.limits.messageBytes);
    if ("refusal" in content) return content.refusal;
    if (productOfBroadcastGroup(topic) === productKey) {
      if (!broadcasts.hasRoom()) return { kind: "busy" };
      broadcasts.toGroup(product, topic, content.body);
      return done({ MessageId: nextMessageId() });
    }
    const owner = ownerOf(topic);
    if (owner?.productKey !== productKey) return refused("iot.messagebroker.InvalidFormattedTopicName");
    const device = findDevice(broker.devices, owner);
    if (!device) return refused("iot.device.NotExistedDevice");
    const extras = messageProperties(parameters);
    if ("refusal" in extras) return extras.refusal;
    reach.send(device, { topic, body: content.body, qos: qos === "1" ? 1 : 0, ...extras });
    return done({ MessageId: nextMessageId() });
  },
};
