import type { Acceptance } from "../domain/broadcast.js";
import { type ClockAnchor, toUnix } from "../domain/time.js";

/** One accepted call as a program reads it: `--json` of `iotb broadcast` and a line of its log. */
export type BroadcastRecord = {
  readonly schema: "iotb.broadcast/1";
  readonly messageId: string;
  readonly requestId: string;
  readonly productKey: string;
  readonly topicFullName: string | null;
  /** Length of the message. */
  readonly bytes: number;
  /** Lower-case hex. */
  readonly payloadSha256: string;
  /** Unix time in whole µs, as the two after it. */
  readonly dueAtUs: number;
  readonly sentAtUs: number;
  readonly acceptedAtUs: number;
};

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
