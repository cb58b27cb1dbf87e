import type { Action } from "./action.js";
import { batchCheckDeviceNames } from "./batch-check-device-names.js";
import { batchGetDeviceState } from "./batch-get-device-state.js";
import { batchPub } from "./batch-pub.js";
import { batchQueryDeviceDetail } from "./batch-query-device-detail.js";
import { batchRegisterDevice, batchRegisterDeviceWithApplyId } from "./batch-register-device.js";
import { createProduct } from "./create-product.js";
import { deleteDevice } from "./delete-device.js";
import { getDeviceStatus } from "./get-device-status.js";
import { pub } from "./pub.js";
import { pubBroadcast } from "./pub-broadcast.js";
import { queryBatchRegisterDeviceStatus, queryPageByApplyId } from "./query-batch-registration.js";
import { queryDevice } from "./query-device.js";
import { queryDeviceByStatus } from "./query-device-by-status.js";
import { queryDeviceDetail } from "./query-device-detail.js";
import { queryDeviceStatistics } from "./query-device-statistics.js";
import { queryProduct } from "./query-product.js";
import { queryProductList } from "./query-product-list.js";
import { registerDevice } from "./register-device.js";
import { rrpc } from "./rrpc.js";
import { disableThing, enableThing } from "./set-thing-state.js";

/** Every action of the API by its name, compared exactly. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["BatchCheckDeviceNames", batchCheckDeviceNames],
  ["BatchGetDeviceState", batchGetDeviceState],
  ["BatchPub", batchPub],
  ["BatchQueryDeviceDetail", batchQueryDeviceDetail],
  ["BatchRegisterDevice", batchRegisterDevice],
  ["BatchRegisterDeviceWithApplyId", batchRegisterDeviceWithApplyId],
  ["CreateProduct", createProduct],
  ["DeleteDevice", deleteDevice],
  ["DisableThing", disableThing],
  ["EnableThing", enableThing],
  ["GetDeviceStatus", getDeviceStatus],
  ["Pub", pub],
  ["PubBroadcast", pubBroadcast],
  ["QueryBatchRegisterDeviceStatus", queryBatchRegisterDeviceStatus],
  ["QueryDevice", queryDevice],
  ["QueryDeviceByStatus", queryDeviceByStatus],
  ["QueryDeviceDetail", queryDeviceDetail],
  ["QueryDeviceStatistics", queryDeviceStatistics],
  ["QueryPageByApplyId", queryPageByApplyId],
  ["QueryProduct", queryProduct],
  ["QueryProductList", queryProductList],
  ["RRpc", rrpc],
  ["RegisterDevice", registerDevice],
]);
