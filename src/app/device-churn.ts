import { type ChurnRate, churnPerSecond } from "../domain/churn.js";
import type { DeviceIndex } from "../domain/device.js";
import type { PresenceLog } from "../domain/presence.js";
import type { Clock, Micros } from "../domain/time.js";

/** What a churn works with. */
export type ChurnOptions = {
  readonly rate: ChurnRate;
  readonly deviceCount: number;
  /** The part of the fleet's devices that are this process's. */
  readonly share: number;
  readonly presence: Pick<PresenceLog, "onlineCount" | "isOnline">;
  readonly clock: Clock;
  /** 0 ≤ r < 1. */
  readonly random: () => number;
  /** Ends the connection of a device that is online. */
  readonly leave: (device: DeviceIndex) => void;
};

/** How often devices leave. */
const TICK_MS = 50;
/** Draws before an online device is looked for one by one: in a fleet that is half online one in 65,000 searches gets there. */
const DRAWS = 16;

/**
 * Makes devices of one process leave at a rate, each drawn at random from those online; whoever hears of their ends brings them
 * back. Owns one timer. After a stall it makes up for lost time, but ends no device's connection twice for it.
 */
export class DeviceChurn implements Disposable {
  readonly #options: ChurnOptions;
  /** Devices that should have left by now and have not, with a fraction. */
  #owed = 0;
  #lastAt: Micros | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ChurnOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lastAt = this.#options.clock();
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    const { rate, share, presence, clock, leave } = this.#options;
    const now = clock();
    const perSecond = churnPerSecond(rate, presence.onlineCount, share);
    this.#owed += (perSecond * (now - (this.#lastAt ?? now))) / 1e6;
    this.#lastAt = now;
    // those who are away cannot leave: what they owe is not saved up for their return
    this.#owed = Math.min(this.#owed, presence.onlineCount);
    for (; this.#owed >= 1; this.#owed--) {
      const device = this.#draw();
      if (device === null) return;
      leave(device);
    }
  }

  #draw(): DeviceIndex | null {
    const { deviceCount, presence, random } = this.#options;
    let device = 0;
    for (let i = 0; i < DRAWS; i++) {
      device = Math.floor(random() * deviceCount);
      if (presence.isOnline(device)) return device;
    }
    for (let i = 0; i < deviceCount; i++) {
      const next = (device + i) % deviceCount;
      if (presence.isOnline(next)) return next;
    }
    return null;
  }
}
