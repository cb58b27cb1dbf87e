import type { Connection } from "./connection.js";
import type { DeviceRecord, DeviceTable } from "./device-table.js";

/** Puts a device online on a connection; any older connection of it has left before. */
export const enterOnline = (table: DeviceTable, connection: Connection, device: DeviceRecord, unixMs: number): void => {
  const online = table.products.get(device.productKey)?.online;
  if (!online) return;
  device.connection = connection;
  device.online = true;
  device.onlineAt = unixMs;
  if (device.activatedAt === 0) device.activatedAt = unixMs;
  connection.device = device;
  online.enter(connection, device);
};

/** Takes a connection's device offline. */
export const leaveOnline = (table: DeviceTable, connection: Connection, unixMs: number): void => {
  const device = connection.device;
  const online = device && table.products.get(device.productKey)?.online;
  if (!online || connection.slot < 0) return;
  online.leave(connection);
  device.offlineAt = unixMs;
  if (device.connection !== connection) return;
  device.connection = null;
  device.online = false;
};
