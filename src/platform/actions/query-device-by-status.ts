import { statusOf } from "../device-table.js";
import { type Action, done } from "./action.js";
import { deviceRow } from "./device-row.js";
import { pageCount, pageOf, readPaging } from "./paging.js";
import { refused } from "./refusals.js";

/** The states by the numbers that this one call knows them by. [QueryDeviceByStatus: Status] */
const STATUS_NUMBERS = new Map([
  ["0", "UNACTIVE"],
  ["1", "ONLINE"],
  ["3", "OFFLINE"],
  ["8", "DISABLE"],
]);

/** The devices of a product in one state, newest first, a page at a time. [QueryDeviceByStatus] */
export const queryDeviceByStatus: Action = {
  required: ["ProductKey", "Status"],
  answersSecret: true,
  run: (parameters, { broker: { devices, limits } }) => {
    const product = devices.products.get(parameters["ProductKey"] ?? "");
    if (!product) return refused("iot.prod.NotExistedProduct");
    const status = STATUS_NUMBERS.get(parameters["Status"] ?? "");
    if (status === undefined) return refused("iot.common.InvalidFormattedParameter", "Status must be 0, 1, 3 or 8.");
    const asked = readPaging(parameters, limits.devicesPerPage);
    if ("refusal" in asked) return asked.refusal;
    const { paging } = asked;
    const matching = product.inOrder.filter((device) => statusOf(device) === status).reverse();
    return done({
      Data: { SimpleDeviceInfo: pageOf(matching, paging).map((device) => deviceRow(devices, device)) },
      Page: paging.page,
      PageSize: paging.size,
      PageCount: pageCount(matching.length, paging),
      Total: matching.length,
    });
  },
};
