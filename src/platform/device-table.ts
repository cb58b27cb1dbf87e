import { randomBytes } from "node:crypto";
import { type DeviceAddress, type DeviceTriplet, deviceKey } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import { isDeviceName, isDeviceSecret, isProductKey } from "../protocol/device-name.js";
import type { Connection } from "./connection.js";

/** A device's state as the API names it. [GetDeviceStatus: Status] */
export type DeviceStatus = "ONLINE" | "OFFLINE" | "UNACTIVE" | "DISABLE";

/** One device. Times are Unix ms, 0 for never. */
export type DeviceRecord = DeviceTriplet & {
  disabled: boolean;
  /** Made when it is first shown: most devices are never asked about. */
  iotId: string | null;
  readonly nickname: string;
  readonly createdAt: number;
  /** Rises from each device of a product to the next, and is never given again. */
  readonly serial: number;
  activatedAt: number;
  onlineAt: number;
  offlineAt: number;
  /** The connection that holds the device online, or null. */
  connection: Connection | null;
};

/** One product, its devices and those online in a dense list for the fan-out. */
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
  nextSerial: number;
  readonly online: Connection[];
  /** Where the last full broadcast began in `online`. */
  firstTarget: number;
};

/** All products and devices of one platform. */
export type DeviceTable = { readonly products: Map<string, Product>; readonly byIotId: Map<string, DeviceRecord> };

/**
 * The table of the given devices; their products are made along with them. A name, key or secret that the platform could not
 * have given, or a device that is there twice, is an IotbError `bad-input-file`.
 */
export const createDeviceTable = (devices: readonly DeviceTriplet[], unixMs: number): DeviceTable => {
  const table: DeviceTable = { products: new Map(), byIotId: new Map() };
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
    nextSerial: 1,
    online: [],
    firstTarget: 0,
  };
  table.products.set(productKey, product);
  return product;
};

/** Adds a device that is not there yet. */
export const addDevice = (
  product: Product,
  deviceName: string,
  deviceSecret: string,
  nickname: string,
  unixMs: number,
): DeviceRecord => {
  const device: DeviceRecord = {
    productKey: product.productKey,
    deviceName,
    deviceSecret,
    disabled: false,
    iotId: null,
    nickname,
    createdAt: unixMs,
    serial: product.nextSerial++,
    activatedAt: 0,
    onlineAt: 0,
    offlineAt: 0,
    connection: null,
  };
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
  if (device.connection !== null) return "ONLINE";
  return device.activatedAt === 0 ? "UNACTIVE" : "OFFLINE";
};

/** Every device of every product. */
export const allDevices = ({ products }: DeviceTable): DeviceRecord[] =>
  [...products.values()].flatMap(({ devices }) => [...devices.values()]);
