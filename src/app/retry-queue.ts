import type { DeviceIndex } from "../domain/device.js";
import { type Micros, toMillis } from "../domain/time.js";

/** How finely moments are told apart. */
const TICK_MS = 10;

const tickOf = (at: Micros): number => Math.floor(toMillis(at) / TICK_MS);

/** Devices that wait for a moment each, in ticks: adding and taking one costs the same, however many wait. */
export class RetryQueue {
  readonly #byTick = new Map<number, DeviceIndex[]>();
  /** The first tick that may still hold someone; null before anybody looked. */
  #nextTick: number | null = null;

  /** Puts a device in; it is due later than `at`, by a tick at most. */
  add(device: DeviceIndex, at: Micros): void {
    const tick = tickOf(at) + 1;
    const waiting = this.#byTick.get(tick);
    if (waiting === undefined) this.#byTick.set(tick, [device]);
    else waiting.push(device);
  }

  /** Takes out the devices that are due by `now` while `hasRoom` says so; the others stay first in line. */
  takeDue(now: Micros, hasRoom: () => boolean, take: (device: DeviceIndex) => void): void {
    const last = tickOf(now);
    for (let tick = this.#nextTick ?? last; tick <= last; tick++) {
      const devices = this.#byTick.get(tick);
      if (devices === undefined) continue;
      this.#byTick.delete(tick);
      while (devices.length > 0 && hasRoom()) take(devices.pop() as DeviceIndex);
      if (devices.length > 0) this.#byTick.set(last + 1, [...devices, ...(this.#byTick.get(last + 1) ?? [])]);
    }
    this.#nextTick = last + 1;
  }
}
