import type { RpcParameters } from "../../protocol/rpc-signature.js";
import { type DeviceRecord, type DeviceTable, findDevice } from "../device-table.js";
import type { ActionResult } from "./action.js";
import { refused } from "./refusals.js";

/** The device a call is about: by IotId, which wins, or by ProductKey and DeviceName. [QueryDeviceDetail] */
export const requestedDevice = (
  parameters: RpcParameters,
  table: DeviceTable,
): { readonly device: DeviceRecord } | { readonly refusal: ActionResult } => {
  const iotId = parameters["IotId"];
  const productKey = parameters["ProductKey"] ?? "";
  const deviceName = parameters["DeviceName"] ?? "";
  if (!iotId && !table.products.has(productKey)) return { refusal: refused("iot.prod.NotExistedProduct") };
  if (!iotId && deviceName === "") return { refusal: refused("iot.device.NullDeviceName") };
  const device = iotId ? table.byIotId.get(iotId) : findDevice(table, { productKey, deviceName });
  return device ? { device } : { refusal: refused("iot.device.NotExistedDevice") };
};
