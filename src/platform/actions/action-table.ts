import type { Action } from "./action.js";
import { batchGetDeviceState } from "./batch-get-device-state.js";
import { createProduct } from "./create-product.js";
import { getDeviceStatus } from "./get-device-status.js";
import { pub } from "./pub.js";
import { pubBroadcast } from "./pub-broadcast.js";
import { queryDeviceDetail } from "./query-device-detail.js";
import { queryDeviceStatistics } from "./query-device-statistics.js";
import { queryProduct } from "./query-product.js";
import { registerDevice } from "./register-device.js";

/** Every action of the API by its name, compared exactly. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["BatchGetDeviceState", batchGetDeviceState],
  ["CreateProduct", createProduct],
  ["GetDeviceStatus", getDeviceStatus],
  ["Pub", pub],
  ["PubBroadcast", pubBroadcast],
  ["QueryDeviceDetail", queryDeviceDetail],
  ["QueryDeviceStatistics", queryDeviceStatistics],
  ["QueryProduct", queryProduct],
  ["RegisterDevice", registerDevice],
]);
