import type { DeviceIndex } from "../domain/device.js";
import { type Clock, fromMillis, type Micros, micros } from "../domain/time.js";

/**
 * One deadline, the same for all, for everything that is under way: one timer for a fleet instead of one a device. The timer
 * runs only while something is watched and keeps no process alive.
 */
export class ConnectDeadlines implements Disposable {
  readonly #clock: Clock;
  readonly #allowed: Micros;
  readonly #sweepMs: number;
  readonly #expired: (device: DeviceIndex) => void;
  /** In the order of starting, so that the first is the oldest. */
  readonly #startedAt = new Map<DeviceIndex, Micros>();
  #timer: NodeJS.Timeout | null = null;

  /** `expired` is called once for each device not {@link done} in time; it is no longer watched by then. */
  constructor(clock: Clock, allowedMs: number, expired: (device: DeviceIndex) => void) {
    this.#clock = clock;
    this.#allowed = fromMillis(allowedMs);
    this.#sweepMs = Math.max(10, Math.min(1000, allowedMs / 4));
    this.#expired = expired;
  }

  start(device: DeviceIndex): void {
    this.#startedAt.delete(device);
    this.#startedAt.set(device, this.#clock());
    this.#timer ??= setInterval(() => this.#sweep(), this.#sweepMs).unref();
  }

  done(device: DeviceIndex): void {
    this.#startedAt.delete(device);
  }

  [Symbol.dispose](): void {
    this.#startedAt.clear();
    this.#stop();
  }

  #sweep(): void {
    const oldest = micros(this.#clock() - this.#allowed);
    for (const [device, startedAt] of this.#startedAt) {
      if (startedAt > oldest) break;
      this.#startedAt.delete(device);
      this.#expired(device);
    }
    if (this.#startedAt.size === 0) this.#stop();
  }

  #stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
