import { allDevices, type DeviceRecord, type DeviceTable } from "../device-table.js";
import type { WorkerSaying } from "./worker-link.js";

/** The hub's devices by their serials, and how workers' words change them. */
export type HubDevices = {
  find(serial: number): DeviceRecord | null;
  add(device: DeviceRecord): void;
  /** Forgets a device that was deleted: what is still said of it is about nothing. */
  remove(device: DeviceRecord): void;
  apply(presence: Extract<WorkerSaying, { kind: "presence" }>): void;
};

/** All devices of a table. */
export const createHubDevices = (table: DeviceTable): HubDevices => {
  const bySerial: (DeviceRecord | null)[] = [null];
  const add = (device: DeviceRecord): void => {
    bySerial[device.serial] = device;
  };
  allDevices(table)
    .sort((a, b) => a.serial - b.serial)
    .forEach(add);
  return {
    find: (serial) => bySerial[serial] ?? null,
    add,
    remove: ({ serial }) => {
      bySerial[serial] = null;
    },
    apply: ({ devices, at }) => {
      devices.forEach((serial, i) => {
        const device = bySerial[serial];
        const time = at[i] ?? 0;
        if (!device) return;
        device.online = time > 0;
        if (time > 0) {
          device.onlineAt = time;
          device.activatedAt ||= time;
        } else {
          device.offlineAt = -time;
        }
      });
    },
  };
};
