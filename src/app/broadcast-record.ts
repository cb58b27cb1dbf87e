import type { Acceptance } from "../domain/broadcast.js";
import type { BroadcastRecord } from "../domain/log-records.js";
import { type ClockAnchor, toUnix } from "../domain/time.js";

/** Makes the record of an accepted call; `anchor` must be of the boot that the acceptance's times are of. */
export const broadcastRecord = (
  { broadcast, messageId, requestId, sentAt, acceptedAt }: Acceptance,
  payloadSha256: string,
  anchor: ClockAnchor,
): BroadcastRecord => ({
  schema: "iotb.broadcast/1",
  messageId,
  requestId,
  productKey: broadcast.productKey,
  topicFullName: broadcast.topicFullName,
  bytes: broadcast.body.length,
  payloadSha256,
  dueAtUs: toUnix(anchor, broadcast.dueAt),
  sentAtUs: toUnix(anchor, sentAt),
  acceptedAtUs: toUnix(anchor, acceptedAt),
});
