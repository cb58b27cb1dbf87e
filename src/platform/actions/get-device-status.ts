import { statusOf } from "../device-table.js";
import { type Action, done } from "./action.js";
import { requestedDevice } from "./requested-device.js";

/** One device's state and since when, Unix ms. The new state shows at once here; the platform takes up to 10 s. [GetDeviceStatus] */
export const getDeviceStatus: Action = {
  required: [],
  run: (parameters, { broker }) => {
    const found = requestedDevice(parameters, broker.devices);
    if ("refusal" in found) return found.refusal;
    const { device } = found;
    return done({
      Data: { Status: statusOf(device), Timestamp: Math.max(device.onlineAt, device.offlineAt, device.createdAt) },
    });
  },
};
