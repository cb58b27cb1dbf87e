import type { RpcParameters } from "../../protocol/rpc-signature.js";
import type { ActionResult } from "./action.js";
import { refused } from "./refusals.js";

/** Which page is asked for, from 1, and how many rows it has. */
export type Paging = { readonly page: number; readonly size: number };

const DEFAULT_SIZE = 10;

/** The page of a call: `CurrentPage` (1) and `PageSize` (10, at most `mostRows`), or the refusal. [QueryDevice: PageSize] */
export const readPaging = (
  parameters: RpcParameters,
  mostRows: number,
): { readonly paging: Paging } | { readonly refusal: ActionResult } => {
  const page = wholeNumber(parameters["CurrentPage"], 1);
  const size = wholeNumber(parameters["PageSize"], DEFAULT_SIZE);
  if (page === null || size === null || size > mostRows) return { refusal: refused("iot.common.InvalidPageParams") };
  return { paging: { page, size } };
};

/** A number from 1, or null. */
const wholeNumber = (text: string | undefined, otherwise: number): number | null => {
  if (!text) return otherwise;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
};

/** The number of pages that so many rows fill. */
export const pageCount = (rows: number, { size }: Paging): number => Math.ceil(rows / size);

/** The rows of one page. */
export const pageOf = <T>(rows: readonly T[], { page, size }: Paging): T[] =>
  rows.slice((page - 1) * size, page * size);
