import { countBefore } from "../device-table.js";
import { type Action, done } from "./action.js";
import { deviceRow } from "./device-row.js";
import { decodeNextToken, encodeNextToken } from "./next-token.js";
import { pageCount, readPaging } from "./paging.js";
import { refused } from "./refusals.js";

/**
 * The devices of a product, newest first, a page at a time: the first 10,000 by page number, up to 1,000,000 by the NextToken
 * of the page before, which wins over the page number and stays right while devices come and go. [QueryDevice: NextToken]
 */
export const queryDevice: Action = {
  required: ["ProductKey"],
  answersSecret: true,
  run: (parameters, { broker: { devices, limits } }) => {
    const product = devices.products.get(parameters["ProductKey"] ?? "");
    if (!product) return refused("iot.prod.NotExistedProduct");
    const asked = readPaging(parameters, limits.devicesPerPage);
    if ("refusal" in asked) return asked.refusal;
    const { paging } = asked;
    const token = parameters["NextToken"];
    const position = token ? decodeNextToken(token) : null;
    if (token && position === null) {
      return refused("iot.common.InvalidFormattedParameter", "The NextToken is not well formatted.");
    }
    const mostRows = position === null ? limits.rowsWithoutToken : limits.rowsWithToken;
    const rowsBefore = position?.rows ?? (paging.page - 1) * paging.size;
    if (paging.page * paging.size > mostRows || rowsBefore + paging.size > mostRows) {
      return refused("iot.common.InvalidPageParams");
    }
    const { inOrder } = product;
    const end = position === null ? Math.max(0, inOrder.length - rowsBefore) : countBefore(product, position.serial);
    const rows = inOrder.slice(Math.max(0, end - paging.size), end).reverse();
    const last = rows.at(-1);
    const goesOn = last !== undefined && end > rows.length;
    return done({
      Data: { DeviceInfo: rows.map((device) => deviceRow(devices, device)) },
      ...(goesOn ? { NextToken: encodeNextToken({ serial: last.serial, rows: rowsBefore + rows.length }) } : {}),
      Page: paging.page,
      PageSize: paging.size,
      PageCount: pageCount(inOrder.length, paging),
      Total: inOrder.length,
    });
  },
};
