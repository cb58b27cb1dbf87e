import { isTopicName } from "../../protocol/topics.js";
import { findDevice } from "../device-table.js";
import { isTopicSize } from "../topic-permissions.js";
import { type Action, done } from "./action.js";
import { decodeMessageContent } from "./message-content.js";
import { refused } from "./refusals.js";

/** How long a device may take, ms. [RRpc: Timeout] */
const MIN_TIMEOUT_MS = 1_000;
const MAX_TIMEOUT_MS = 8_000;

/**
 * Asks one device and answers with what it says. The call succeeds in any case and RrpcCode tells how it went (inferred from
 * the parameter's description); a device that is not subscribed to the request times out. [RRpc: RrpcCode]
 */
export const rrpc: Action = {
  required: ["ProductKey", "DeviceName", "RequestBase64Byte", "Timeout"],
  run: (parameters, { broker, reach, nextMessageId }) => {
    const productKey = parameters["ProductKey"] ?? "";
    const deviceName = parameters["DeviceName"] ?? "";
    if (!broker.devices.products.has(productKey)) return refused("iot.prod.NotExistedProduct");
    const device = findDevice(broker.devices, { productKey, deviceName });
    if (device === null) return refused("iot.device.NotExistedDevice");
    const timeout = /^\d{4}$/.test(parameters["Timeout"] ?? "") ? Number(parameters["Timeout"]) : 0;
    if (timeout < MIN_TIMEOUT_MS || timeout > MAX_TIMEOUT_MS) {
      return refused("iot.common.InvalidFormattedParameter", "Timeout must be 1000 to 8000.");
    }
    const content = decodeMessageContent(parameters["RequestBase64Byte"] ?? "", broker.limits.messageBytes);
    if ("refusal" in content) return content.refusal;
    const messageId = nextMessageId();
    const custom = parameters["Topic"];
    const topic = custom
      ? `/ext/rrpc/${messageId}${custom.startsWith("/") ? "" : "/"}${custom}`
      : `/sys/${productKey}/${deviceName}/rrpc/request/${messageId}`;
    // The device answers a custom request on the request's own topic. [Custom RRPC topics]
    const replyTopic = custom ? topic : `/sys/${productKey}/${deviceName}/rrpc/response/${messageId}`;
    if (!isTopicName(topic) || !isTopicSize(topic, broker.limits)) {
      return refused("iot.messagebroker.InvalidFormattedTopicName");
    }
    if (!device.online) return done({ MessageId: BigInt(messageId), RrpcCode: "OFFLINE" });
    const reply = reach.ask(device, { topic, replyTopic, body: content.body, timeoutMs: timeout });
    if (reply === null) return { kind: "busy" };
    return reply.then((payload) =>
      payload === null
        ? done({ MessageId: BigInt(messageId), RrpcCode: "TIMEOUT" })
        : done({
            MessageId: BigInt(messageId),
            RrpcCode: "SUCCESS",
            PayloadBase64Byte: Buffer.from(payload).toString("base64"),
          }),
    );
  },
};
