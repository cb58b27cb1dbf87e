import { type Action, done } from "./action.js";
import { deviceDetail } from "./device-detail.js";
import { requestedDevice } from "./requested-device.js";
import { withAddresses } from "./with-addresses.js";

/** Everything about one device, its secret included: that is what the call is for. [QueryDeviceDetail] */
export const queryDeviceDetail: Action = {
  required: [],
  answersSecret: true,
  run: (parameters, { broker, reach }) => {
    const found = requestedDevice(parameters, broker.devices);
    if ("refusal" in found) return found.refusal;
    const { device } = found;
    return withAddresses(reach, [device], ([address = ""]) =>
      done({ Data: deviceDetail(broker.devices, device, address) }),
    );
  },
};
