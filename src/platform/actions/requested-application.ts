import type { RpcParameters } from "../../protocol/rpc-signature.js";
import type { Application, BatchRegistrations } from "../batch-registration.js";
import type { ActionResult } from "./action.js";
import { refused } from "./refusals.js";

/** The application a call is about; with a ProductKey it must be one of that product. [QueryBatchRegisterDeviceStatus] */
export const requestedApplication = (
  parameters: RpcParameters,
  registrations: BatchRegistrations,
): { readonly application: Application } | { readonly refusal: ActionResult } => {
  const applyId = parameters["ApplyId"] ?? "";
  if (!/^\d{1,15}$/.test(applyId)) return { refusal: refused("iot.device.InvalidFormattedApplyId") };
  const application = registrations.find(Number(applyId));
  const productKey = parameters["ProductKey"];
  if (application === null || (productKey && application.product.productKey !== productKey)) {
    return { refusal: refused("iot.device.DeviceApplyIsNotFound") };
  }
  return { application };
};
