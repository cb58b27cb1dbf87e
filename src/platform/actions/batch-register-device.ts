import { type Action, done } from "./action.js";
import { refused } from "./refusals.js";
import { requestedApplication } from "./requested-application.js";

/** Begins to create devices with random names. [BatchRegisterDevice] */
export const batchRegisterDevice: Action = {
  required: ["ProductKey", "Count"],
  run: (parameters, { broker: { devices, limits }, registrations }) => {
    const product = devices.products.get(parameters["ProductKey"] ?? "");
    if (!product) return refused("iot.prod.NotExistedProduct");
    const text = parameters["Count"] ?? "";
    const count = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
    if (count === 0 || count > limits.devicesPerRegistration) {
      const message = `Count must be 1 to ${limits.devicesPerRegistration}.`;
      return refused("iot.common.InvalidFormattedParameter", message);
    }
    if (product.devices.size + count > limits.devicesPerProduct) return refused("iot.device.DeviceCountExceeded");
    const application = registrations.createRandom(product, count);
    return application === null ? { kind: "busy" } : done({ Data: { ApplyId: application.applyId } });
  },
};

/**
 * Begins to create the devices whose names were checked with success. Which codes stand for a check that is not done, failed,
 * or was used already is inferred from their names. [BatchRegisterDeviceWithApplyId] [Error codes]
 */
export const batchRegisterDeviceWithApplyId: Action = {
  required: ["ProductKey", "ApplyId"],
  run: (parameters, { registrations }) => {
    const found = requestedApplication(parameters, registrations);
    if ("refusal" in found) return found.refusal;
    const { application } = found;
    const { status } = application;
    if (status === "CHECK" || status === "CREATE") return refused("iot.device.CreateDeviceTaskIsRunning");
    if (status !== "CHECK_SUCCESS") return refused("iot.device.ApplyManyDevicesFailed");
    registrations.create(application);
    return done({ Data: { ApplyId: application.applyId } });
  },
};
