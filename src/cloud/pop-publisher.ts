import type { Publisher } from "../app/ports.js";
import { IotbError } from "../domain/errors.js";
import type { Clock } from "../domain/time.js";
import { isMessageId } from "../protocol/message-id.js";
import { requestIdOf } from "./pop-answer.js";
import type { PopClient } from "./pop-client.js";

/**
 * Sends broadcasts with PubBroadcast. `sentAt` is read before the call is signed, `acceptedAt` when its answer is parsed.
 * [PubBroadcast: request parameters]
 */
export const createPopPublisher = (client: PopClient, clock: Clock): Publisher => ({
  publish: async (broadcast, signal) => {
    const { productKey, topicFullName, body } = broadcast;
    const parameters = {
      ProductKey: productKey,
      MessageContent: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64"),
      TopicFullName: topicFullName ?? undefined,
    };
    const sentAt = clock();
    const answer = await client.call("PubBroadcast", parameters, { signal });
    const acceptedAt = clock();
    const requestId = requestIdOf(answer);
    const messageId = String(answer["MessageId"]);
    if (!isMessageId(messageId))
      throw new IotbError("api-unknown-fate", "PubBroadcast was accepted, but its answer carries no message id", {
        hint: "the message is on its way and its receipts cannot be told apart: do not repeat it before checking the devices",
        requestId,
      });
    return { broadcast, messageId, requestId: requestId ?? "", sentAt, acceptedAt };
  },
});
