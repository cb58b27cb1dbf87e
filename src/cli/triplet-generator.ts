import { randomBytes } from "node:crypto";
import type { DeviceTriplet } from "../domain/device.js";
import type { DeviceRoster } from "../domain/device-roster.js";
import { derivedRoster } from "../protocol/derived-devices.js";

/** The product of the examples, used where no other is named. */
export const EXAMPLE_PRODUCT = "g6palBDnzyT";

/** Device names have this many digits at least. */
const LEAST_DIGITS = 3;

/** Which devices to make up. */
export type TripletRequest = { readonly count: number; readonly productKey: string; readonly prefix: string };

/** The name of device `number` of 1…`count`: padded with zeros, so that names sort as numbers do. */
export const generatedName = (prefix: string, number: number, count: number): string =>
  prefix + String(number).padStart(nameDigits(count), "0");

const nameDigits = (count: number): number => Math.max(LEAST_DIGITS, String(count).length);

/** New devices with secrets of 128 random bits as the platform's: 32 hex digits. */
export function* generateTriplets({ count, productKey, prefix }: TripletRequest): Generator<DeviceTriplet> {
  for (let number = 1; number <= count; number++) {
    yield {
      productKey,
      deviceName: generatedName(prefix, number, count),
      deviceSecret: randomBytes(16).toString("hex"),
    };
  }
}

/** The same devices as a roster whose secrets follow from one random seed, for a fleet that no process need hold whole. */
export const madeUpDevices = ({ count, productKey, prefix }: TripletRequest): DeviceRoster =>
  derivedRoster({
    kind: "derived",
    seed: randomBytes(32),
    productKey,
    prefix,
    digits: nameDigits(count),
    first: 0,
    count,
  });
