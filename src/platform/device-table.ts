import { randomBytes } from "node:crypto";
import { type DeviceAddress, type DeviceTriplet, deviceKey } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import { isDeviceName, isDeviceSecret, isProductKey } from "../protocol/device-name.js";
import type { Connection } from "./connection.js";
import { OnlineList } from "./online-list.js";

/** A device's state as the API names it. [GetDeviceStatus: Status] */
export type DeviceStatus = "ONLINE" | "OFFLINE" | "UNACTIVE" | "DISABLE";

/** One device. Times are Unix ms, 0 for never. */
export type DeviceRecord = DeviceTriplet & {
  disabled: boolean;
  /** Made when it is first shown: most devices are never asked about. */
  iotId: string | null;
  readonly nickname: string;
  readonly createdAt: number;
  /** The device's number in its table: rises from each device to the next, from 1, and is never given again. */
  readonly serial: number;
  activatedAt: number;
  onlineAt: number;
  offlineAt: number;
  online: boolean;
  /** The connection that holds the device online, or null; null as well where another process has it. */
  connection: Connection | null;
};

/** One product, its devices and those online. */
export type Product = {
  readonly productKey: string;
  readonly productName: string;
  readonly productSecret: string;
  readonly createdAt: number;
  /** 0: a directly connected device, 1: a gateway. */
  readonly nodeType: 0 | 1;
  readonly devices: Map<string, DeviceRecord>;
  /** The same devices in the order they were made, which is that of their serials: pages are cut from it. */
  readonly inOrder: DeviceRecord[];
  readonly serials: Serials;
  readonly online: OnlineList;
  /** Where the last full broadcast began in `online`. */
  firstTarget: number;
};

/** The serials of a table, the same object in every product. */
export type Serials = { last: number };

/** All products and devices of one platform. */
export type DeviceTable = {
  readonly products: Map<string, Product>;
  readonly byIotId: Map<string, DeviceRecord>;
  readonly serials: Serials;
};

/** A table with nothing in it. */
export const createEmptyTable = (): DeviceTable => ({ products: new Map(), byIotId: new Map(), serials: { last: 0 } });

/**
 * The table of the given devices; their products are made along with them. A name, key or secret that the platform could not
 * have given, or a device that is there twice, is an IotbError `bad-input-file`.
 */
export const createDeviceTable = (devices: readonly DeviceTriplet[], unixMs: number): DeviceTable => {
  const table = createEmptyTable();
  for (const triplet of devices) {
    const { productKey, deviceName, deviceSecret } = triplet;
    if (!isProductKey(productKey) || !isDeviceName(deviceName) || !isDeviceSecret(deviceSecret)) {
      throw new IotbError("bad-input-file", `device ${deviceKey(triplet)}: not a valid triplet`, {
        hint: "a product key is letters and digits, a device name 4 to 32 of letters, digits and _ - @ . :",
      });
    }
    const product = table.products.get(productKey) ?? addProduct(table, productKey, productKey, unixMs);
    if (product.devices.has(deviceName)) {
      throw new IotbError("bad-input-file", `device ${deviceKey(triplet)}: is there twice`, {
        hint: "a device can be online only once: remove one of the two rows",
      });
    }
    addDevice(product, deviceName, deviceSecret, "", unixMs);
  }
  return table;
};

/** Adds a product that is not there yet. */
export const addProduct = (
  table: DeviceTable,
  productKey: string,
  productName: string,
  unixMs: number,
  nodeType: 0 | 1 = 0,
): Product => {
  const product: Product = {
    productKey,
    productName,
    productSecret: randomBytes(8).toString("hex"),
    createdAt: unixMs,
    nodeType,
    devices: new Map(),
    inOrder: [],
    serials: table.serials,
    online: new OnlineList(productKey),
    firstTarget: 0,
  };
  table.products.set(productKey, product);
  return product;
};

/** A device that never was online. */
export const createRecord = (
  { productKey, deviceName, deviceSecret }: DeviceTriplet,
  nickname: string,
  createdAt: number,
  serial: number,
): DeviceRecord => ({
  productKey,
  deviceName,
  deviceSecret,
  disabled: false,
  iotId: null,
  nickname,
  createdAt,
  serial,
  activatedAt: 0,
  onlineAt: 0,
  offlineAt: 0,
  online: false,
  connection: null,
});

/** Adds a device that is not there yet. */
export const addDevice = (
  product: Product,
  deviceName: string,
  deviceSecret: string,
  nickname: string,
  unixMs: number,
): DeviceRecord => {
  const serial = ++product.serials.last;
  const device = createRecord({ productKey: product.productKey, deviceName, deviceSecret }, nickname, unixMs, serial);
  product.devices.set(deviceName, device);
  product.inOrder.push(device);
  return device;
};

/** Removes a device that is offline; its name is free again. */
export const removeDevice = (table: DeviceTable, device: DeviceRecord): void => {
  const product = table.products.get(device.productKey);
  if (product?.devices.get(device.deviceName) !== device) return;
  product.devices.delete(device.deviceName);
  product.inOrder.splice(countBefore(product, device.serial), 1);
  if (device.iotId !== null) table.byIotId.delete(device.iotId);
  device.iotId ??= ""; // never to be made any more: it would find a device that is gone
};

/** How many of a product's devices have a smaller serial: a search by halves. */
export const countBefore = ({ inOrder }: Product, serial: number): number => {
  let low = 0;
  let high = inOrder.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((inOrder[middle]?.serial ?? 0) < serial) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The device with this name, or null. */
export const findDevice = (table: DeviceTable, { productKey, deviceName }: DeviceAddress): DeviceRecord | null =>
  table.products.get(productKey)?.devices.get(deviceName) ?? null;

/** The device's id across products, made now if it never was. */
export const iotIdOf = (table: DeviceTable, device: DeviceRecord): string => {
  if (device.iotId !== null) return device.iotId;
  device.iotId = randomBytes(16).toString("hex");
  table.byIotId.set(device.iotId, device);
  return device.iotId;
};

/** The state as the API names it. */
export const statusOf = (device: DeviceRecord): DeviceStatus => {
  if (device.disabled) return "DISABLE";
  if (device.online) return "ONLINE";
  return device.activatedAt === 0 ? "UNACTIVE" : "OFFLINE";
};

/** Every device of every product. */
export const allDevices = ({ products }: DeviceTable): DeviceRecord[] =>
  [...products.values()].flatMap(({ devices }) => [...devices.values()]);
