import type { RpcParameters } from "../protocol/rpc-signature.js";

/** A record without a prototype, so that no name is special; the last of a name wins. */
export const recordOf = (pairs: Iterable<readonly [string, string | string[] | undefined]>): RpcParameters => {
  const record: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) if (typeof value === "string") record[name] = value;
  return record;
};

/** The `name=value` pairs of a query or a form, or null where there are more than `most`, told before they are decoded. */
export const parametersOf = (text: string, most: number): RpcParameters | null => {
  let count = 1;
  for (let at = text.indexOf("&"); at >= 0; at = text.indexOf("&", at + 1)) if (++count > most) return null;
  return recordOf(new URLSearchParams(text));
};
