import type { RpcParameters } from "../protocol/rpc-signature.js";

/**
 * A caller who keeps exactly a minute (or a second) is seen a little earlier now and then, because calls take unequal time.
 * Own choice: what comes this much too early counts as in time, ms.
 */
const EARLY_MS = 100;

/** One full broadcast a minute, one subscribed broadcast a second, for a whole account. [PubBroadcast: QPS limits] */
export const FULL_BROADCAST_WINDOW_MS = 60_000 - EARLY_MS;
export const SUBSCRIBED_BROADCAST_WINDOW_MS = 1_000 - EARLY_MS;

/** Calls a second of one account, each from the action's own page, section "QPS limits". */
const RATES: ReadonlyMap<string, number> = new Map([
  ["BatchCheckDeviceNames", 10],
  ["BatchGetDeviceState", 50],
  ["BatchPub", 50],
  ["BatchQueryDeviceDetail", 5],
  ["BatchRegisterDevice", 10],
  ["BatchRegisterDeviceWithApplyId", 500],
  ["CreateProduct", 50],
  ["DeleteDevice", 50],
  ["DisableThing", 500],
  ["EnableThing", 500],
  ["GetDeviceStatus", 500],
  ["Pub", 1_600],
  ["QueryBatchRegisterDeviceStatus", 30],
  ["QueryDevice", 50],
  ["QueryDeviceByStatus", 50],
  ["QueryDeviceDetail", 50],
  ["QueryDeviceStatistics", 50],
  ["QueryPageByApplyId", 50],
  ["QueryProduct", 50],
  ["QueryProductList", 50],
  ["RRpc", 1_000],
  ["RegisterDevice", 30],
]);

/** From this many rows on a page of `QueryDevice` counts as deep, and may be asked for so often. [QueryDevice: QPS limits] */
const DEEP_ROWS = 100_000;
const DEEP_RATE = 2;

/** How many such calls an account may make in a second, or null where no limit is published. */
export const callsPerSecond = (action: string, parameters: RpcParameters): number | null => {
  const rows = Number(parameters["CurrentPage"] ?? 1) * Number(parameters["PageSize"] ?? 10);
  if (action === "QueryDevice" && rows >= DEEP_ROWS) return DEEP_RATE;
  return RATES.get(action) ?? null;
};
