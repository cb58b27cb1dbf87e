import type { RecordedArrivals } from "../domain/arrivals.js";
import type { PresenceChange } from "../domain/broadcast.js";
import type { IotbError } from "../domain/errors.js";
import type { BroadcastRecord } from "../domain/log-records.js";
import { fileFault } from "./file-fault.js";
import { type LineCounter, type LineNaming, presencePieces, receiptPieces } from "./receipt-lines.js";
import { clockRecord } from "./receipt-log.js";
import type { SealedFile } from "./sealed-file.js";

/** So much may wait to be written while broadcasts are in flight; bytes. */
const MAX_WAITING_BYTES = 256 * 1024 * 1024;

/** About what a presence change takes in memory; bytes. */
const CHANGE_BYTES = 100;

/** What is to be written, with what it holds in memory until then. */
type Job = { readonly bytes: number; readonly pieces: () => Iterator<string> };

/** What a recorder is made from. */
export type RunReceiptsOptions = LineNaming & {
  readonly file: SealedFile;
  /** Told once, when more waits than may and writing goes on while broadcasts are in flight. */
  readonly onCrowded: () => void;
  /** Told once, when it cannot write any more: nothing of what comes later is kept. */
  readonly onFailure: (failure: IotbError) => void;
  readonly maxWaitingBytes?: number;
};

/**
 * Writes down what the devices of a run saw, and keeps out of the way of the measurement: between {@link RunReceipts.hold} and
 * `release` it writes nothing, unless too much waits. A failure is remembered and thrown by `end`; until then the run goes on.
 */
export class RunReceipts {
  readonly #options: RunReceiptsOptions;
  readonly #limit: number;
  readonly #counter: LineCounter = { presences: 0, receipts: 0 };
  readonly #done: Promise<void>;
  #jobs: Job[] = [];
  #waiting = 0;
  #held = 0;
  #ending = false;
  #whole = true;
  #crowded = false;
  #failure: IotbError | null = null;
  #wake: (() => void) | null = null;

  constructor(options: RunReceiptsOptions) {
    this.#options = options;
    this.#limit = options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    this.#done = this.#writeAll();
  }

  /** A broadcast is about to be sent. */
  hold(): void {
    this.#held++;
  }

  /** A broadcast has settled, or its sending failed. */
  release(): void {
    this.#held--;
    this.#stir();
  }

  presence(changes: readonly PresenceChange[]): void {
    const { devices, anchor } = this.#options;
    this.#add(changes.length * CHANGE_BYTES, () => presencePieces(changes, { devices, anchor }, this.#counter));
  }

  /** The arrivals of one broadcast at the devices of each process. */
  arrivals(call: BroadcastRecord, parts: readonly RecordedArrivals[]): void {
    const { devices, anchor } = this.#options;
    for (const part of parts) {
      const bytes = part.at.byteLength + (part.extra?.byteLength ?? 0) + (part.corrupt?.byteLength ?? 0);
      this.#add(bytes, () => receiptPieces(part, call, { devices, anchor }, this.#counter));
    }
  }

  /** A process of the fleet died: what its devices saw is lost, and the recording must not look whole. */
  markCut(): void {
    this.#whole = false;
  }

  /** Writes what waits, and the end line. Throws `output-failed`, also for what failed before. The file is not sealed yet. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#stir();
    await this.#done;
    if (this.#failure !== null) throw this.#failure;
  }

  #add(bytes: number, pieces: () => Iterator<string>): void {
    if (this.#failure !== null) return;
    this.#jobs.push({ bytes, pieces });
    this.#waiting += bytes;
    this.#stir();
  }

  async #writeAll(): Promise<void> {
    const { file, anchor } = this.#options;
    try {
      await file.write(`${JSON.stringify(clockRecord(anchor))}\n`);
      for (;;) {
        const job = this.#jobs[0];
        if (job !== undefined) await this.#write(job);
        else if (this.#ending) break;
        else await this.#stirred();
      }
      if (this.#whole) await file.write(`${JSON.stringify({ schema: "iotb.end/1", ...this.#counter })}\n`);
    } catch (thrown) {
      this.#failure = fileFault("output-failed", file.name, thrown);
      this.#jobs = [];
      this.#options.onFailure(this.#failure);
    }
  }

  async #write(job: Job): Promise<void> {
    const pieces = job.pieces();
    for (;;) {
      while (this.#mustWait()) await this.#stirred();
      const next = pieces.next();
      if (next.done) break;
      await this.#options.file.write(next.value);
    }
    this.#jobs.shift();
    this.#waiting -= job.bytes;
  }

  #mustWait(): boolean {
    if (this.#held <= 0 || this.#ending) return false;
    if (this.#waiting <= this.#limit) return true;
    if (!this.#crowded) this.#options.onCrowded();
    this.#crowded = true;
    return false;
  }

  #stirred(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #stir(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
