import type { Publisher } from "../app/ports.js";
import type { Acceptance, Broadcast } from "../domain/broadcast.js";
import { IotbError } from "../domain/errors.js";
import type { Clock } from "../domain/time.js";
import { isMessageId } from "../protocol/message-id.js";
import { requestIdOf } from "./pop-answer.js";
import type { PopClient, PreparedCall } from "./pop-client.js";

/**
 * Sends broadcasts with PubBroadcast. `sentAt` is read before the signed call goes out, `acceptedAt` when its answer is parsed.
 * [PubBroadcast: request parameters]
 */
export const createPopPublisher = (client: PopClient, clock: Clock): Publisher => ({
  prepare: async (message, signal) => {
    const { productKey, topicFullName, body } = message;
    const parameters = {
      ProductKey: productKey,
      MessageContent: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64"),
      TopicFullName: topicFullName ?? undefined,
    };
    const call = client.prepare("PubBroadcast", parameters, { signal });
    await call.ready;
    return {
      send: (dueAt) => sendCall(call, { ...message, dueAt }, clock),
      [Symbol.dispose]: () => call[Symbol.dispose](),
    };
  },
});

const sendCall = async (call: PreparedCall, broadcast: Broadcast, clock: Clock): Promise<Acceptance> => {
  const sentAt = clock();
  const answer = await call.send();
  const acceptedAt = clock();
  const requestId = requestIdOf(answer);
  const messageId = String(answer["MessageId"]);
  if (!isMessageId(messageId))
    throw new IotbError("api-unknown-fate", "PubBroadcast was accepted, but its answer carries no message id", {
      hint: "the message is on its way and its receipts cannot be told apart: do not repeat it before checking the devices",
      requestId,
    });
  return { broadcast, messageId, requestId: requestId ?? "", sentAt, acceptedAt };
};
