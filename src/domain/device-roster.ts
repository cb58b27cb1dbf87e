import type { DeviceAddress, DeviceIndex, DeviceTriplet } from "./device.js";
import type { DeviceSource } from "./device-source.js";

/**
 * The devices of a run as the process that leads it knows them: how many, their names and products, and where others get theirs
 * from. Neither an object nor a secret a device need be held for that. A number outside 0…count-1 is a RangeError.
 */
export interface DeviceRoster {
  readonly count: number;
  nameAt(device: DeviceIndex): string;
  productAt(device: DeviceIndex): string;
  /** The devices `first`…`end`-1, numbered from 0 again. */
  slice(first: DeviceIndex, end: DeviceIndex): DeviceRoster;
  /** What another process needs to have these devices with their secrets. */
  source(): DeviceSource;
}

/** A roster of devices that are held already. */
export const listRoster = (devices: readonly DeviceTriplet[]): DeviceRoster => ({
  count: devices.length,
  nameAt: (device) => at(devices, device).deviceName,
  productAt: (device) => at(devices, device).productKey,
  slice: (first, end) => listRoster(devices.slice(first, end)),
  source: () => ({ kind: "list", devices }),
});

/** A device without its secret. Throws RangeError for a number that is none of the roster's. */
export const addressAt = (roster: DeviceRoster, device: DeviceIndex): DeviceAddress => ({
  productKey: roster.productAt(device),
  deviceName: roster.nameAt(device),
});

/** How many devices each product has, in the order of their first. */
export const devicesByProduct = (roster: DeviceRoster): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (let device = 0; device < roster.count; device++) {
    const productKey = roster.productAt(device);
    counts.set(productKey, (counts.get(productKey) ?? 0) + 1);
  }
  return counts;
};

/** Where the part `index` of `parts` equal ones starts among `count`; that of part `parts` is the end. Sizes differ by one at most. */
export const partStart = (index: number, parts: number, count: number): number => Math.floor((index * count) / parts);

const at = (devices: readonly DeviceTriplet[], device: DeviceIndex): DeviceTriplet => {
  const found = devices[device];
  if (found === undefined) throw new RangeError(`no device ${device} of ${devices.length}`);
  return found;
};
