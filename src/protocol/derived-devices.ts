import { createHmac } from "node:crypto";
import type { DeviceTriplet } from "../domain/device.js";
import type { DeviceRoster } from "../domain/device-roster.js";
import type { DerivedSource } from "../domain/device-source.js";

/** The devices of a derived source. Every process that has the seed makes the same ones. */
export const deriveDevices = (source: DerivedSource): DeviceTriplet[] => {
  const { productKey, seed, first, count } = source;
  return Array.from({ length: count }, (_, i) => ({
    productKey,
    deviceName: derivedName(source, first + i),
    deviceSecret: secretOf(seed, first + i),
  }));
};

/** A roster of made-up devices: it holds the seed and nothing else. */
export const derivedRoster = (source: DerivedSource): DeviceRoster => {
  const checked = (device: number): number => {
    if (device >= 0 && device < source.count) return source.first + device;
    throw new RangeError(`no device ${device} of ${source.count}`);
  };
  return {
    count: source.count,
    nameAt: (device) => derivedName(source, checked(device)),
    productAt: (device) => {
      checked(device);
      return source.productKey;
    },
    slice: (first, end) =>
      derivedRoster({
        ...source,
        first: source.first + first,
        count: Math.max(0, Math.min(end, source.count) - first),
      }),
    source: () => source,
  };
};

const derivedName = ({ prefix, digits }: DerivedSource, index: number): string =>
  prefix + String(index + 1).padStart(digits, "0");

/** 32 hex digits, as the platform's: the first half of an HMAC-SHA256 of the device's number. */
const secretOf = (seed: Uint8Array, index: number): string =>
  createHmac("sha256", seed).update(String(index)).digest("hex").slice(0, 32);
