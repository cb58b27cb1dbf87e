import { type Action, done } from "./action.js";
import { requestedDevice } from "./requested-device.js";

/** Bars a device: it is disconnected at once and refused at login. [DisableThing] */
export const disableThing: Action = {
  required: [],
  run: (parameters, { broker, reach }) => {
    const found = requestedDevice(parameters, broker.devices);
    if ("refusal" in found) return found.refusal;
    const { device } = found;
    device.disabled = true;
    reach.changed(device, "disabled");
    return done();
  },
};

/** Lets a device in again. [EnableThing] */
export const enableThing: Action = {
  required: [],
  run: (parameters, { broker, reach }) => {
    const found = requestedDevice(parameters, broker.devices);
    if ("refusal" in found) return found.refusal;
    const { device } = found;
    device.disabled = false;
    reach.changed(device, "enabled");
    return done();
  },
};
