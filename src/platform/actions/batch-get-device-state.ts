import { type DeviceRecord, iotIdOf, statusOf } from "../device-table.js";
import { type Action, done } from "./action.js";
import { gmtText } from "./api-time.js";
import { refused } from "./refusals.js";
import { repeatedParameter } from "./repeated-parameter.js";
import { withAddresses } from "./with-addresses.js";

/**
 * The states of up to 50 devices, in the order asked. One that does not exist fails the call: what the platform does then is
 * not documented. [BatchGetDeviceState]
 */
export const batchGetDeviceState: Action = {
  required: [],
  run: (parameters, { broker: { devices, limits }, reach }) => {
    const iotIds = repeatedParameter(parameters, "IotId");
    const names = repeatedParameter(parameters, "DeviceName");
    const count = iotIds.length || names.length;
    if (count === 0) return refused("iot.device.NoneDeviceNameElement");
    if (count > limits.namesPerBatch) return refused("iot.device.TooManyElement");
    const product = devices.products.get(parameters["ProductKey"] ?? "");
    if (iotIds.length === 0 && !product) return refused("iot.prod.NotExistedProduct");
    const found: DeviceRecord[] = [];
    for (const key of iotIds.length > 0 ? iotIds : names) {
      const device = iotIds.length > 0 ? devices.byIotId.get(key) : product?.devices.get(key);
      if (!device) return refused("iot.device.NotExistedDevice");
      found.push(device);
    }
    return withAddresses(reach, found, (addresses) => {
      const states = found.map((device, i) => ({
        DeviceName: device.deviceName,
        DeviceId: iotIdOf(devices, device),
        IotId: iotIdOf(devices, device),
        Status: statusOf(device),
        LastOnlineTime: gmtText(device.onlineAt),
        AsAddress: addresses[i] ?? "",
      }));
      return done({ DeviceStatusList: { DeviceStatus: states } });
    });
  },
};
