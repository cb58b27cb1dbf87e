import { type DeviceRecord, type DeviceTable, iotIdOf, statusOf } from "../device-table.js";
import { gmtText, utcText } from "./api-time.js";

/** What the calls for details answer about one device, its secret included; `address` is where it is online from. [QueryDeviceDetail: Data] */
export const deviceDetail = (table: DeviceTable, device: DeviceRecord, address: string) => {
  const product = table.products.get(device.productKey);
  return {
    ProductKey: device.productKey,
    ProductName: product?.productName ?? "",
    DeviceName: device.deviceName,
    DeviceSecret: device.deviceSecret,
    IotId: iotIdOf(table, device),
    Nickname: device.nickname,
    Status: statusOf(device),
    NodeType: product?.nodeType ?? 0,
    Owner: true,
    Region: "local",
    IpAddress: address,
    FirmwareVersion: "",
    GmtCreate: gmtText(device.createdAt),
    GmtActive: gmtText(device.activatedAt),
    GmtOnline: gmtText(device.onlineAt),
    UtcCreate: utcText(device.createdAt),
    UtcActive: utcText(device.activatedAt),
    UtcOnline: utcText(device.onlineAt),
  };
};
