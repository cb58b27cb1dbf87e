import { type Action, done } from "./action.js";
import { deviceDetail } from "./device-detail.js";
import { namedDevices } from "./named-devices.js";
import { withAddresses } from "./with-addresses.js";

/** Everything about up to 100 devices of a product, in the order asked. [BatchQueryDeviceDetail] */
export const batchQueryDeviceDetail: Action = {
  required: ["ProductKey"],
  answersSecret: true,
  run: (parameters, { broker, reach }) => {
    const found = namedDevices(parameters, broker.devices, broker.limits.detailsPerBatch);
    if ("refusal" in found) return found.refusal;
    const { devices } = found;
    return withAddresses(reach, devices, (addresses) =>
      done({ Data: { Data: devices.map((device, i) => deviceDetail(broker.devices, device, addresses[i] ?? "")) } }),
    );
  },
};
