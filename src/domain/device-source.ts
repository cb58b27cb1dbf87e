import type { DeviceTriplet } from "./device.js";

/** Which file it was that was read: a file that answers otherwise later is another one. Times in nanoseconds. */
export type FileIdentity = {
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly modifiedNs: bigint;
};

/** Rows of a triplet CSV without quotes, by their bytes. */
export type RowSource = {
  readonly kind: "rows";
  readonly file: FileIdentity;
  /** The places of name, secret and product key among the fields of a row. */
  readonly places: readonly number[];
  /** Three numbers a range, in the order of the rows: first byte, the byte after the last, and how many rows are between. */
  readonly ranges: Float64Array;
  readonly count: number;
};

/** Devices that are made up: names count on from `first`, secrets follow from a seed, so whoever has the seed has them all. */
export type DerivedSource = {
  readonly kind: "derived";
  /** 32 random bytes. As secret as what follows from it. */
  readonly seed: Uint8Array;
  readonly productKey: string;
  readonly prefix: string;
  /** A name is the prefix and the device's number, from 1, padded with zeros to so many digits. */
  readonly digits: number;
  /** The first device, from 0. */
  readonly first: number;
  readonly count: number;
};

/** Where the devices of one process come from: what crosses the border to it, so that no process holds what is not its own. */
export type DeviceSource =
  | { readonly kind: "list"; readonly devices: readonly DeviceTriplet[] }
  | RowSource
  | DerivedSource;
