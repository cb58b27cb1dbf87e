import { iotIdOf, statusOf } from "../device-table.js";
import { type Action, done } from "./action.js";
import { gmtText, utcText } from "./api-time.js";
import { requestedDevice } from "./requested-device.js";

/** Everything about one device, its secret included: that is what the call is for. [QueryDeviceDetail] */
export const queryDeviceDetail: Action = {
  required: [],
  answersSecret: true,
  run: (parameters, { broker }) => {
    const found = requestedDevice(parameters, broker.devices);
    if ("refusal" in found) return found.refusal;
    const { device } = found;
    return done({
      Data: {
        ProductKey: device.productKey,
        ProductName: broker.devices.products.get(device.productKey)?.productName ?? "",
        DeviceName: device.deviceName,
        DeviceSecret: device.deviceSecret,
        IotId: iotIdOf(broker.devices, device),
        Nickname: device.nickname,
        Status: statusOf(device),
        NodeType: 0,
        Owner: true,
        Region: "local",
        IpAddress: device.connection?.socket.remoteAddress ?? "",
        FirmwareVersion: "",
        GmtCreate: gmtText(device.createdAt),
        GmtActive: gmtText(device.activatedAt),
        GmtOnline: gmtText(device.onlineAt),
        UtcCreate: utcText(device.createdAt),
        UtcActive: utcText(device.activatedAt),
        UtcOnline: utcText(device.onlineAt),
      },
    });
  },
};
