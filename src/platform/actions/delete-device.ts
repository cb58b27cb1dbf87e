import { closeConnection } from "../close-connection.js";
import { removeDevice } from "../device-table.js";
import { dropSession } from "../session-store.js";
import { type Action, done } from "./action.js";
import { requestedDevice } from "./requested-device.js";

/** Deletes a device: it is disconnected at once and unknown at login; its name is free again. [DeleteDevice] */
export const deleteDevice: Action = {
  required: [],
  run: (parameters, { broker }) => {
    const found = requestedDevice(parameters, broker.devices);
    if ("refusal" in found) return found.refusal;
    const { device } = found;
    if (device.connection !== null) closeConnection(broker, device.connection, "deleted", "end");
    dropSession(broker.sessions, device);
    removeDevice(broker.devices, device);
    return done();
  },
};
