import type { BroadcastRecord } from "../domain/log-records.js";
import type { ClockAnchor } from "../domain/time.js";
import { type NdjsonLog, type NdjsonTarget, openNdjsonLog } from "./ndjson-log.js";
import { clockRecord } from "./receipt-log.js";

/** Keeps accepted calls in a file, each written through before `append` resolves: a crash loses none that was answered. */
export class BroadcastLog implements AsyncDisposable {
  readonly #log: NdjsonLog;

  constructor(log: NdjsonLog, anchor: ClockAnchor) {
    this.#log = log;
    log.write(clockRecord(anchor));
  }

  /** Throws `output-failed`. */
  async append(record: BroadcastRecord): Promise<void> {
    this.#log.write(record);
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
