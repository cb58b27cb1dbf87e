import { addProduct, createRecord, type DeviceRecord, type DeviceTable } from "../device-table.js";
import type { DeviceRows } from "./worker-messages.js";

/** The devices that a worker holds, by their serials. Its table is a part of the hub's: it is never paged and has no ids. */
export type HeldDevices = {
  readonly table: DeviceTable;
  add(rows: DeviceRows): void;
  find(serial: number): DeviceRecord | null;
  remove(device: DeviceRecord): void;
};

/** A worker that holds nothing yet. */
export const createHeldDevices = (table: DeviceTable): HeldDevices => {
  const bySerial = new Map<number, DeviceRecord>();
  return {
    table,
    add: ({ productKey, serials, names, secrets, disabled }) => {
      const product = table.products.get(productKey) ?? addProduct(table, productKey, productKey, 0);
      serials.forEach((serial, i) => {
        const address = { productKey: product.productKey, deviceName: names[i] ?? "" };
        const device = createRecord({ ...address, deviceSecret: secrets[i] ?? "" }, "", 0, serial);
        device.disabled = disabled[i] === 1;
        product.devices.set(device.deviceName, device);
        bySerial.set(serial, device);
      });
    },
    find: (serial) => bySerial.get(serial) ?? null,
    remove: (device) => {
      bySerial.delete(device.serial);
      const devices = table.products.get(device.productKey)?.devices;
      // the name may be another device's by now
      if (devices?.get(device.deviceName) === device) devices.delete(device.deviceName);
    },
  };
};

/** So many rows of devices go in one message. */
const ROWS_PER_MESSAGE = 2_000;

/** One device as rows. */
export const rowsOf = (devices: readonly DeviceRecord[], productKey: string): DeviceRows => ({
  productKey,
  serials: Uint32Array.from(devices, ({ serial }) => serial),
  names: devices.map(({ deviceName }) => deviceName),
  secrets: devices.map(({ deviceSecret }) => deviceSecret),
  disabled: Uint8Array.from(devices, (device) => (device.disabled ? 1 : 0)),
});

/** The devices of a table that a test picks, in pieces that are small enough for a message. */
export function* rowsFor(table: DeviceTable, isWanted: (serial: number) => boolean): Generator<DeviceRows> {
  for (const { productKey, inOrder } of table.products.values()) {
    let piece: DeviceRecord[] = [];
    for (const device of inOrder) {
      if (!isWanted(device.serial)) continue;
      if (piece.push(device) < ROWS_PER_MESSAGE) continue;
      yield rowsOf(piece, productKey);
      piece = [];
    }
    if (piece.length > 0) yield rowsOf(piece, productKey);
  }
}
