import type { RpcParameters } from "../../protocol/rpc-signature.js";

/** The values of `Name.1`, `Name.2` and so on, up to the first that is not there. */
export const repeatedParameter = (parameters: RpcParameters, name: string): string[] => {
  const values: string[] = [];
  for (let i = 1; ; i++) {
    const value = parameters[`${name}.${i}`];
    if (value === undefined) return values;
    values.push(value);
  }
};
