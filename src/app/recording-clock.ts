import type { ClockRecord } from "../domain/log-records.js";
import { type Micros, micros } from "../domain/time.js";

/**
 * Puts the times of several files on one clock. A clock line holds for the lines after it; lines of the same boot go by the
 * monotonic clock, so that a step of the wall clock between two files changes nothing, others stay what their own host's clock
 * said.
 */
export class RecordingClock {
  readonly #boots = new Set<string>();
  /** The clock line that holds for the lines after it. */
  #now: ClockRecord | null = null;
  #base: ClockRecord | null = null;
  #anchorless = false;

  /** A clock line. */
  set(record: ClockRecord): void {
    this.#now = record;
    this.#base ??= record;
    this.#boots.add(record.bootId);
  }

  /** Another file begins: the clock line of the one before does not hold for it. */
  reset(): void {
    this.#now = null;
  }

  /** The clock line of the line at hand, or null where its file has none. */
  use(): ClockRecord | null {
    if (this.#now === null) this.#anchorless = true;
    return this.#now;
  }

  /** A recorded time as Unix µs of the first clock line seen. */
  timeOf(unixUs: number, clock: ClockRecord | null): Micros {
    return micros(unixUs + this.shiftOf(clock));
  }

  /** What is to be added to a recorded time to make it Unix µs of the first clock line seen. */
  shiftOf(clock: ClockRecord | null): number {
    const base = this.#base;
    if (clock === null || base === null || clock.bootId !== base.bootId) return 0;
    return clock.monotonicUs - base.monotonicUs - (clock.unixUs - base.unixUs);
  }

  /** Whether every line so far was written on one boot of one host. */
  get isOne(): boolean {
    return this.#boots.size === 1 && !this.#anchorless;
  }
}
