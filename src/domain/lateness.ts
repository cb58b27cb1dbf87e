import type { DeviceIndex } from "./device.js";

/** How late one device was over the timed broadcasts that reached it, µs from when each was due. */
export type DeviceLateness = {
  readonly device: DeviceIndex;
  readonly broadcasts: number;
  readonly meanUs: number;
  readonly maxUs: number;
};

/** How many of the latest devices are named. */
export const LATEST_KEPT = 20;

const laterFirst = (a: DeviceLateness, b: DeviceLateness): number => b.meanUs - a.meanUs || a.device - b.device;

/** Adds up each device's latencies over the broadcasts of a run: who is always last. */
export class LatenessTable {
  readonly #sum: Float64Array;
  readonly #max: Float64Array;
  readonly #count: Uint32Array;

  constructor(deviceCount: number) {
    this.#sum = new Float64Array(deviceCount);
    this.#max = new Float64Array(deviceCount);
    this.#count = new Uint32Array(deviceCount);
  }

  record(device: DeviceIndex, lateUs: number): void {
    this.#sum[device] = (this.#sum[device] as number) + lateUs;
    this.#count[device] = (this.#count[device] as number) + 1;
    if (lateUs > (this.#max[device] as number)) this.#max[device] = lateUs;
  }

  /** The latest devices by their mean, the latest first; `firstDevice` is added to their numbers. */
  latest(firstDevice: DeviceIndex): DeviceLateness[] {
    const found: DeviceLateness[] = [];
    let least = -1;
    for (let device = 0; device < this.#count.length; device++) {
      const broadcasts = this.#count[device] as number;
      if (broadcasts === 0) continue;
      const meanUs = (this.#sum[device] as number) / broadcasts;
      if (found.length >= LATEST_KEPT && meanUs <= least) continue;
      found.push({ device: firstDevice + device, broadcasts, meanUs, maxUs: this.#max[device] as number });
      found.sort(laterFirst);
      found.length = Math.min(found.length, LATEST_KEPT);
      least = found.at(-1)?.meanUs ?? -1;
    }
    return found;
  }
}

/** The latest devices of disjoint parts of a fleet: exact, because each part names as many as the whole does. */
export const mergeLatest = (parts: readonly (readonly DeviceLateness[])[]): DeviceLateness[] =>
  parts.flat().sort(laterFirst).slice(0, LATEST_KEPT);
