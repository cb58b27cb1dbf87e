import type { RpcParameters } from "../../protocol/rpc-signature.js";
import type { DeviceRecord, DeviceTable, Product } from "../device-table.js";
import type { ActionResult } from "./action.js";
import { refused } from "./refusals.js";
import { repeatedParameter } from "./repeated-parameter.js";

/**
 * The devices of `DeviceName.1`, `DeviceName.2` … of one product, each once. One that does not exist fails the call: what the
 * platform does then is not documented. [BatchPub: DeviceName.N] [BatchQueryDeviceDetail: DeviceName.N]
 */
export const namedDevices = (
  parameters: RpcParameters,
  table: DeviceTable,
  most: number,
): { readonly product: Product; readonly devices: readonly DeviceRecord[] } | { readonly refusal: ActionResult } => {
  const product = table.products.get(parameters["ProductKey"] ?? "");
  if (!product) return { refusal: refused("iot.prod.NotExistedProduct") };
  const names = repeatedParameter(parameters, "DeviceName");
  if (names.length === 0) return { refusal: refused("iot.device.NoneDeviceNameElement") };
  if (names.length > most) return { refusal: refused("iot.device.TooManyElement") };
  const devices = new Set<DeviceRecord>();
  for (const name of names) {
    const device = product.devices.get(name);
    if (!device) return { refusal: refused("iot.device.NotExistedDevice") };
    devices.add(device);
  }
  if (devices.size === names.length) return { product, devices: [...devices] };
  return { refusal: refused("iot.common.InvalidFormattedParameter", "A DeviceName is there twice.") };
};
