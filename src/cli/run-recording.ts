import type { FleetObserver } from "../app/fleet-observer.js";
import type { MeasureObserver } from "../app/measure-fanout.js";
import type { Publisher } from "../app/ports.js";
import type { Acceptance } from "../domain/broadcast.js";
import { broadcastRecord } from "../domain/broadcast-record.js";
import type { BroadcastRecord, LogRecord } from "../domain/log-records.js";
import type { ClockAnchor } from "../domain/time.js";
import { clockRecord } from "../files/receipt-log.js";
import type { RunReceipts } from "../files/run-receipts.js";
import { sha256Hex } from "../protocol/sha256.js";

/** What a recording needs to know of its run. */
export type RecordedMessage = { readonly body: Uint8Array; readonly warmup: number };

/** Follows a live run and hands what its devices see to the writer, which rests from a broadcast's sending until it has settled. */
export class RunRecording {
  readonly #receipts: RunReceipts;
  readonly #anchor: ClockAnchor;
  readonly #warmup: number;
  readonly #payloadSha256: string;
  readonly #calls = new Map<string, BroadcastRecord>();

  constructor(receipts: RunReceipts, anchor: ClockAnchor, { body, warmup }: RecordedMessage) {
    this.#receipts = receipts;
    this.#anchor = anchor;
    this.#warmup = warmup;
    this.#payloadSha256 = sha256Hex(body);
  }

  /** To be told of the fleet, beside whoever shows it. */
  readonly fleetObserver: Required<Pick<FleetObserver, "onPresence">> = {
    onPresence: (changes) => this.#receipts.presence(changes),
  };

  /** A process of the fleet died. */
  shardDied(): void {
    this.#receipts.markCut();
  }

  /** The publisher of the run, through which the writer hears of each sending. */
  publisherOf(publisher: Publisher): Publisher {
    return {
      prepare: async (message, signal) => {
        const ready = await publisher.prepare(message, signal);
        return {
          send: async (dueAt) => {
            this.#receipts.hold();
            try {
              return await ready.send(dueAt);
            } catch (thrown) {
              this.#receipts.release();
              throw thrown;
            }
          },
          [Symbol.dispose]: () => ready[Symbol.dispose](),
        };
      },
    };
  }

  /** The observer of the run, through which the writer hears of each settling. */
  observerOf(shown: MeasureObserver): MeasureObserver {
    return {
      ...shown,
      onAccepted: (acceptance) => {
        this.#accepted(acceptance);
        shown.onAccepted?.(acceptance);
      },
      onSettled: (broadcast, number, arrivals) => {
        const call = this.#calls.get(broadcast.digest.messageId);
        if (call !== undefined) this.#receipts.arrivals(call, arrivals);
        this.#receipts.release();
        shown.onSettled?.(broadcast, number, arrivals);
      },
    };
  }

  /** The lines of the broadcast log: a clock line, then the accepted calls in the order sent. */
  get calls(): readonly LogRecord[] {
    return [clockRecord(this.#anchor), ...this.#calls.values()];
  }

  /** Writes what waits. Throws `output-failed`, also for what failed before. */
  end(): Promise<void> {
    return this.#receipts.end();
  }

  #accepted(acceptance: Acceptance): void {
    const record = broadcastRecord(acceptance, this.#payloadSha256, this.#anchor);
    const warmup = this.#calls.size < this.#warmup;
    // an id that is given twice ends the run: the first call stands
    if (!this.#calls.has(record.messageId)) this.#calls.set(record.messageId, warmup ? { ...record, warmup } : record);
  }
}
