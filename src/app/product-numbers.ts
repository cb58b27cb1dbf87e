import type { DeviceIndex, DeviceTriplet } from "../domain/device.js";

/** The products of a process's devices, numbered, and which is whose in one array: devices are too many to be looked at one by one. */
export class ProductNumbers {
  readonly keys: readonly string[];
  /** By device; null where all are of one product. */
  readonly of: Uint32Array | null;

  constructor(devices: readonly DeviceTriplet[]) {
    this.keys = [...new Set(devices.map(({ productKey }) => productKey))];
    const numbers = new Map(this.keys.map((productKey, number) => [productKey, number]));
    this.of =
      this.keys.length < 2 ? null : Uint32Array.from(devices, ({ productKey }) => numbers.get(productKey) as number);
  }

  /** Whether a device is of this product. */
  isOf(productKey: string): (device: DeviceIndex) => boolean {
    const { of } = this;
    const number = this.keys.indexOf(productKey);
    if (of === null) return () => number === 0;
    return (device) => of[device] === number;
  }
}
