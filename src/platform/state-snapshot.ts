import type { DeviceTriplet } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import {
  addDevice,
  addProduct,
  type DeviceRecord,
  type DeviceTable,
  findDevice,
  type Product,
} from "./device-table.js";

/** A product as it is kept; what is absent is made anew. Times are Unix ms. */
export type KeptProduct = {
  readonly productKey: string;
  readonly productName?: string | undefined;
  readonly productSecret?: string | undefined;
  readonly createdAt?: number | undefined;
};

/** What a device has beside its triplet, where it has any; times are Unix ms. */
export type DeviceDetails = {
  readonly nickname?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly iotId?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly activatedAt?: number | undefined;
  readonly onlineAt?: number | undefined;
  readonly offlineAt?: number | undefined;
};

/** What a platform keeps from one start to the next: no connection, no subscription, no message. */
export type PlatformState = {
  readonly products: readonly KeptProduct[];
  readonly devices: readonly (DeviceTriplet & DeviceDetails)[];
};

/** The state of a platform's tables. */
export const snapshotOf = (table: DeviceTable): PlatformState => {
  const products = [...table.products.values()];
  return {
    products: products.map(({ productKey, productName, productSecret, createdAt }) => ({
      productKey,
      productName,
      productSecret,
      createdAt,
    })),
    devices: products.flatMap((product) => [...product.devices.values()].map(keptDevice)),
  };
};

const keptDevice = (device: DeviceRecord): DeviceTriplet & DeviceDetails => ({
  productKey: device.productKey,
  deviceName: device.deviceName,
  deviceSecret: device.deviceSecret,
  nickname: device.nickname || undefined,
  disabled: device.disabled || undefined,
  iotId: device.iotId ?? undefined,
  createdAt: device.createdAt,
  activatedAt: device.activatedAt || undefined,
  onlineAt: device.onlineAt || undefined,
  offlineAt: device.offlineAt || undefined,
});

/** Puts a state into tables that may hold other devices already. Throws `bad-input-file` where a device or an id is there twice. */
export const restoreSnapshot = (table: DeviceTable, state: PlatformState, unixMs: number): void => {
  for (const kept of state.products) {
    const made = table.products.get(kept.productKey) ?? addProduct(table, kept.productKey, kept.productKey, unixMs);
    const product: Product = {
      ...made,
      productName: kept.productName ?? made.productName,
      productSecret: kept.productSecret ?? made.productSecret,
      createdAt: kept.createdAt ?? made.createdAt,
    };
    table.products.set(kept.productKey, product);
  }
  for (const kept of state.devices) {
    if (findDevice(table, kept) !== null) throw twice(`device ${kept.productKey}/${kept.deviceName}`);
    const { productKey, deviceName, deviceSecret } = kept;
    const product = table.products.get(productKey) ?? addProduct(table, productKey, productKey, unixMs);
    const device = addDevice(product, deviceName, deviceSecret, kept.nickname ?? "", kept.createdAt ?? unixMs);
    device.disabled = kept.disabled ?? false;
    device.activatedAt = kept.activatedAt ?? 0;
    device.onlineAt = kept.onlineAt ?? 0;
    device.offlineAt = kept.offlineAt ?? 0;
    if (kept.iotId === undefined) continue;
    if (table.byIotId.has(kept.iotId)) throw twice(`the iotId of ${kept.productKey}/${kept.deviceName}`);
    device.iotId = kept.iotId;
    table.byIotId.set(kept.iotId, device);
  }
};

const twice = (what: string): IotbError =>
  new IotbError("bad-input-file", `${what}: is there twice`, { hint: "remove one of the two from the imported state" });
