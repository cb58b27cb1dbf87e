import { removeDevice } from "../device-table.js";
import { type Action, done } from "./action.js";
import { requestedDevice } from "./requested-device.js";

/** Deletes a device: it is disconnected at once and unknown at login; its name is free again. [DeleteDevice] */
export const deleteDevice: Action = {
  required: [],
  run: (parameters, { broker, reach }) => {
    const found = requestedDevice(parameters, broker.devices);
    if ("refusal" in found) return found.refusal;
    const { device } = found;
    reach.changed(device, "deleted");
    removeDevice(broker.devices, device);
    return done();
  },
};
