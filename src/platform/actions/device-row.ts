import { type DeviceRecord, type DeviceTable, iotIdOf, statusOf } from "../device-table.js";
import { gmtText, utcText } from "./api-time.js";

/** One row of a list of devices. DeviceId is a leftover of older versions: the same as IotId here. [QueryDevice: DeviceInfo] */
export const deviceRow = (table: DeviceTable, device: DeviceRecord) => {
  const iotId = iotIdOf(table, device);
  return {
    DeviceName: device.deviceName,
    DeviceSecret: device.deviceSecret,
    DeviceStatus: statusOf(device),
    IotId: iotId,
    DeviceId: iotId,
    ProductKey: device.productKey,
    Nickname: device.nickname,
    GmtCreate: gmtText(device.createdAt),
    UtcCreate: utcText(device.createdAt),
    GmtModified: gmtText(device.createdAt),
    UtcModified: utcText(device.createdAt),
  };
};
