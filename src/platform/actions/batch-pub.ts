import { isTopicName } from "../../protocol/topics.js";
import type { DeviceRecord } from "../device-table.js";
import { isTopicSize, ownerOf } from "../topic-permissions.js";
import { type Action, done } from "./action.js";
import { decodeMessageContent } from "./message-content.js";
import { namedDevices } from "./named-devices.js";
import { refused } from "./refusals.js";

/** One message to the same custom topic of up to 100 devices of a product. Accepted is not delivered, as with `Pub`. [BatchPub] */
export const batchPub: Action = {
  required: ["ProductKey", "MessageContent"],
  run: (parameters, { broker, reach }) => {
    const found = namedDevices(parameters, broker.devices, broker.limits.receiversPerBatch);
    if ("refusal" in found) return found.refusal;
    const qos = parameters["Qos"] || "0";
    if (qos !== "0" && qos !== "1") return refused("iot.common.InvalidFormattedParameter", "Qos must be 0 or 1.");
    const template = parameters["TopicTemplateName"] || shortTopic(parameters["TopicShortName"]);
    if (template === null) return refused("iot.messagebroker.NullTopicName");
    const targets = found.devices.map((device) => ({ device, topic: topicFor(template, device) }));
    const wrong = targets.some(({ device, topic }) => {
      const owner = ownerOf(topic);
      const own = owner?.productKey === device.productKey && owner.deviceName === device.deviceName;
      return !own || !isTopicName(topic) || !isTopicSize(topic, broker.limits);
    });
    if (wrong) return refused("iot.messagebroker.InvalidFormattedTopicName");
    const content = decodeMessageContent(parameters["MessageContent"] ?? "", broker.limits.messageBytes);
    if ("refusal" in content) return content.refusal;
    for (const { device, topic } of targets) {
      reach.send(device, { topic, body: content.body, qos: qos === "1" ? 1 : 0 });
    }
    return done();
  },
};

/** `get` stands for `/<productKey>/<deviceName>/user/get`. [BatchPub: TopicShortName] */
const shortTopic = (name: string | undefined): string | null =>
  name ? `/${"$"}{productKey}/${"$"}{deviceName}/user/${name}` : null;

const topicFor = (template: string, { productKey, deviceName }: DeviceRecord): string =>
  template.replaceAll(`${"$"}{productKey}`, productKey).replaceAll(`${"$"}{deviceName}`, deviceName);
