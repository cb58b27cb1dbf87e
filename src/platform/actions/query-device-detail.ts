import { type Action, done } from "./action.js";
import { deviceDetail } from "./device-detail.js";
import { requestedDevice } from "./requested-device.js";

/** Everything about one device, its secret included: that is what the call is for. [QueryDeviceDetail] */
export const queryDeviceDetail: Action = {
  required: [],
  answersSecret: true,
  run: (parameters, { broker }) => {
    const found = requestedDevice(parameters, broker.devices);
    if ("refusal" in found) return found.refusal;
    return done({ Data: deviceDetail(broker.devices, found.device) });
  },
};
