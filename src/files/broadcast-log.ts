import { createHash } from "node:crypto";
import type { Acceptance } from "../domain/broadcast.js";
import type { BroadcastRecord } from "../domain/log-records.js";
import { type ClockAnchor, toUnix } from "../domain/time.js";
import { type NdjsonLog, type NdjsonTarget, openNdjsonLog } from "./ndjson-log.js";
import { clockRecord } from "./receipt-log.js";

/** The record of an accepted call: what `--json` prints and a broadcast log keeps. */
export const broadcastRecord = (
  { broadcast, messageId, requestId, sentAt, acceptedAt }: Acceptance,
  anchor: ClockAnchor,
): BroadcastRecord => ({
  schema: "iotb.broadcast/1",
  messageId,
  requestId,
  productKey: broadcast.productKey,
  topicFullName: broadcast.topicFullName,
  bytes: broadcast.body.length,
  payloadSha256: createHash("sha256").update(broadcast.body).digest("hex"),
  dueAtUs: toUnix(anchor, broadcast.dueAt),
  sentAtUs: toUnix(anchor, sentAt),
  acceptedAtUs: toUnix(anchor, acceptedAt),
});

/** Keeps accepted calls in a file, each written through before `accepted` resolves: a crash loses none that was answered. */
export class BroadcastLog implements AsyncDisposable {
  readonly #log: NdjsonLog;
  readonly #anchor: ClockAnchor;

  constructor(log: NdjsonLog, anchor: ClockAnchor) {
    this.#log = log;
    this.#anchor = anchor;
    log.write(clockRecord(anchor));
  }

  /** Throws `output-failed`. */
  async accepted(acceptance: Acceptance): Promise<void> {
    this.#log.write(broadcastRecord(acceptance, this.#anchor));
    await this.#log.flush();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#log.close();
  }
}

/**
 * Opens a broadcast log to add to it. Every opening adds a clock line, which holds for the lines after it, because the next
 * run may be another boot's. Throws `output-failed`, before anything was sent.
 */
export const openBroadcastLog = async (
  target: Omit<NdjsonTarget, "append">,
  anchor: ClockAnchor,
): Promise<BroadcastLog> => new BroadcastLog(await openNdjsonLog({ ...target, append: true }), anchor);
