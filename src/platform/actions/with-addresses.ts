import type { DeviceReach } from "../device-reach.js";
import type { DeviceRecord } from "../device-table.js";
import type { ActionResult } from "./action.js";

/** Answers with the addresses of devices: at once where they are known here, else when the processes that know them have told. */
export const withAddresses = (
  reach: DeviceReach,
  devices: readonly DeviceRecord[],
  answer: (addresses: readonly string[]) => ActionResult,
): ActionResult | Promise<ActionResult> => {
  const addresses = reach.addressesOf(devices);
  return addresses instanceof Promise ? addresses.then(answer) : answer(addresses);
};
