import type { Acceptance } from "./broadcast.js";
import type { BroadcastRecord } from "./log-records.js";
import { type ClockAnchor, toUnix } from "./time.js";

/** The record of an accepted call: `--json` of `iotb broadcast` and a line of its log. `payloadSha256` is lower-case hex. */
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
