import type { DeviceIndex } from "../domain/device.js";
import { dueBy } from "../domain/pacing.js";
import { ownTurns, type Stagger } from "../domain/stagger.js";
import { type Clock, type Micros, micros } from "../domain/time.js";

/** What a wheel works with. */
export type TelemetryOptions = {
  readonly deviceCount: number;
  readonly stagger: Stagger;
  /** Each device has a turn once in this time. */
  readonly every: Micros;
  readonly clock: Clock;
  /** A device's turn to send, online or not. */
  readonly turn: (device: DeviceIndex) => void;
};

/** How often turns are looked for. */
const TICK_MS = 10;

/**
 * Gives every device of one process a turn once in a period, in the order of the fleet's slots, so that the fleet as a whole
 * sends evenly over the period. One timer for all; a process that was stalled turns late, never twice.
 */
export class TelemetryWheel implements Disposable {
  readonly #options: TelemetryOptions;
  #startedAt: Micros | null = null;
  #turns = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  /** `startAt` is the same for all processes of the fleet. */
  start(startAt: Micros): void {
    if (this.#options.deviceCount === 0) return;
    this.#startedAt = startAt;
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    const { deviceCount, stagger, every, clock, turn } = this.#options;
    const elapsed = micros(clock() - (this.#startedAt ?? 0));
    if (elapsed < 0) return;
    const due = ownTurns(stagger, dueBy((stagger.fleet * 1e6) / every, elapsed));
    this.#turns = Math.max(this.#turns, due - deviceCount);
    for (; this.#turns < due; this.#turns++) turn(this.#turns % deviceCount);
  }
}
