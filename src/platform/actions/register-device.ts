import { randomBytes } from "node:crypto";
import { isDeviceName } from "../../protocol/device-name.js";
import { addDevice, iotIdOf } from "../device-table.js";
import { type Action, done } from "./action.js";
import { isNickname } from "./nickname.js";
import { refused } from "./refusals.js";

/** Adds a device with a random secret, and a random name where none is given. [RegisterDevice] */
export const registerDevice: Action = {
  required: ["ProductKey"],
  answersSecret: true,
  run: (parameters, { broker, reach }) => {
    const { devices, limits, unixMs } = broker;
    const product = devices.products.get(parameters["ProductKey"] ?? "");
    if (!product) return refused("iot.prod.NotExistedProduct");
    const deviceName = parameters["DeviceName"] || randomBytes(10).toString("hex");
    if (!isDeviceName(deviceName)) return refused("iot.device.InvalidFormattedDeviceName");
    if (product.devices.has(deviceName)) return refused("iot.device.AlreadyExistedDeviceName");
    const nickname = parameters["Nickname"] ?? "";
    if (nickname !== "" && !isNickname(nickname)) {
      return refused("iot.device.InvalidFormattedNickname");
    }
    if (product.devices.size >= limits.devicesPerProduct) return refused("iot.device.DeviceCountExceeded");
    const device = addDevice(product, deviceName, randomBytes(16).toString("hex"), nickname, unixMs());
    reach.changed(device, "created");
    return done({
      Data: {
        DeviceName: deviceName,
        DeviceSecret: device.deviceSecret,
        ProductKey: product.productKey,
        IotId: iotIdOf(devices, device),
        Nickname: nickname,
        DevEui: "",
        JoinEui: "",
      },
    });
  },
};
