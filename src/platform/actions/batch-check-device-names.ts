import { isDeviceName } from "../../protocol/device-name.js";
import type { RpcParameters } from "../../protocol/rpc-signature.js";
import { type Action, done } from "./action.js";
import { isNickname } from "./nickname.js";
import { refused } from "./refusals.js";
import { repeatedParameter } from "./repeated-parameter.js";

/** The names applied for, with nicknames where the list that has them is given: it wins. [BatchCheckDeviceNames] */
const applicantsOf = (parameters: RpcParameters): { deviceName: string; nickname: string }[] => {
  const applicants: { deviceName: string; nickname: string }[] = [];
  for (let i = 1; ; i++) {
    const deviceName = parameters[`DeviceNameList.${i}.DeviceName`];
    if (deviceName === undefined) break;
    applicants.push({ deviceName, nickname: parameters[`DeviceNameList.${i}.DeviceNickname`] ?? "" });
  }
  if (applicants.length > 0) return applicants;
  return repeatedParameter(parameters, "DeviceName").map((deviceName) => ({ deviceName, nickname: "" }));
};

/**
 * Begins to check names for a batch registration. Names that cannot be are refused at once with the list of them; whether a
 * name is free is found out later, under the ApplyId. [BatchCheckDeviceNames: InvalidDeviceNameList]
 */
export const batchCheckDeviceNames: Action = {
  required: ["ProductKey"],
  run: (parameters, { broker: { devices, limits }, registrations }) => {
    const product = devices.products.get(parameters["ProductKey"] ?? "");
    if (!product) return refused("iot.prod.NotExistedProduct");
    const applicants = applicantsOf(parameters);
    if (applicants.length === 0) return refused("iot.device.NoneDeviceNameElement");
    if (applicants.length > limits.devicesPerRegistration) return refused("iot.device.TooManyElement");
    const names = applicants.map(({ deviceName }) => deviceName).filter((name) => !isDeviceName(name));
    const nicknames = applicants.map(({ nickname }) => nickname).filter((name) => name !== "" && !isNickname(name));
    if (names.length > 0 || nicknames.length > 0) {
      return refused(
        names.length > 0 ? "iot.device.InvalidFormattedDeviceName" : "iot.device.InvalidFormattedNickname",
        undefined,
        {
          Data: {
            InvalidDeviceNameList: { InvalidDeviceName: names },
            InvalidDeviceNicknameList: { InvalidDeviceNickname: nicknames },
          },
        },
      );
    }
    if (product.devices.size + applicants.length > limits.devicesPerProduct) {
      return refused("iot.device.DeviceCountExceeded");
    }
    const application = registrations.check(product, applicants);
    return application === null ? { kind: "busy" } : done({ Data: { ApplyId: application.applyId } });
  },
};
