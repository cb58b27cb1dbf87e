import type { BroadcastRecord, ClockRecord } from "../domain/log-records.js";
import type { Micros } from "../domain/time.js";
import type { ShelvedSlot } from "./arrival-shelf.js";

/** One accepted call, its times on the common clock. */
export type RecordedCall = {
  readonly record: BroadcastRecord;
  readonly clock: ClockRecord | null;
  readonly sentAt: Micros;
  readonly shelved: ShelvedSlot;
};

/** The calls of a broadcast log, by message id and by topic. */
export class RecordedCalls {
  readonly #all: RecordedCall[] = [];
  readonly #byId = new Map<string, RecordedCall>();
  /** Calls to one topic, or to one topic with one payload, in the order sent; made when first asked for. */
  readonly #onTopics = new Map<string, readonly RecordedCall[]>();

  add(call: RecordedCall): void {
    this.#all.push(call);
    this.#byId.set(call.record.messageId, call);
    this.#onTopics.clear();
  }

  has(messageId: string): boolean {
    return this.#byId.has(messageId);
  }

  byId(messageId: string): RecordedCall | undefined {
    return this.#byId.get(messageId);
  }

  /** All calls in the order sent; of the same moment as they stand in the log. */
  inOrder(): readonly RecordedCall[] {
    return this.#all.toSorted((a, b) => a.sentAt - b.sentAt);
  }

  /**
   * The last call to a topic with this payload that was sent before the receipt; failing that, with any: it is corrupt then.
   */
  onTopic(topic: string, payloadSha256: string, at: Micros): RecordedCall | undefined {
    return lastBefore(this.#to(topic, payloadSha256), at) ?? lastBefore(this.#to(topic, null), at);
  }

  #to(topic: string, payloadSha256: string | null): readonly RecordedCall[] {
    const key = `${payloadSha256 ?? ""} ${topic}`;
    const known = this.#onTopics.get(key);
    if (known !== undefined) return known;
    const calls = this.inOrder().filter(
      ({ record }) =>
        record.topicFullName === topic && (payloadSha256 === null || record.payloadSha256 === payloadSha256),
    );
    this.#onTopics.set(key, calls);
    return calls;
  }
}

/** The last of some calls in the order sent that was sent at `at` or before. */
const lastBefore = (calls: readonly RecordedCall[], at: Micros): RecordedCall | undefined => {
  let from = 0;
  let to = calls.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((calls[middle] as RecordedCall).sentAt <= at) from = middle + 1;
    else to = middle;
  }
  return calls[from - 1];
};
