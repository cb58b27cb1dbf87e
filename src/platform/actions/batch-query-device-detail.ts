import { type Action, done } from "./action.js";
import { deviceDetail } from "./device-detail.js";
import { namedDevices } from "./named-devices.js";

/** Everything about up to 100 devices of a product, in the order asked. [BatchQueryDeviceDetail] */
export const batchQueryDeviceDetail: Action = {
  required: ["ProductKey"],
  answersSecret: true,
  run: (parameters, { broker }) => {
    const found = namedDevices(parameters, broker.devices, broker.limits.detailsPerBatch);
    if ("refusal" in found) return found.refusal;
    return done({ Data: { Data: found.devices.map((device) => deviceDetail(broker.devices, device)) } });
  },
};
