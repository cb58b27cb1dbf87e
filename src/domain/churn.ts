import { IotbError } from "./errors.js";
import { parsePercentage, parseRate } from "./units.js";

/** How many devices leave and come back in a second: a fraction of those online, or so many of the whole fleet. */
export type ChurnRate =
  | { readonly kind: "fraction"; readonly perSecond: number }
  | { readonly kind: "count"; readonly perSecond: number };

/** Reads a churn rate above zero: `5%/s` of the devices online, or `20/s` of them. Throws `usage`. */
export const parseChurn = (text: string): ChurnRate => {
  const match = /^(.*%)\s*\/\s*s$/.exec(text.trim().toLowerCase());
  try {
    const rate: ChurnRate =
      match === null
        ? { kind: "count", perSecond: parseRate(text) }
        : { kind: "fraction", perSecond: parsePercentage(match[1] ?? "") };
    if (rate.perSecond > 0) return rate;
  } catch {
    // told below, in words that fit both ways to say it
  }
  throw new IotbError("usage", `${JSON.stringify(text)} is not a share of devices a second`, {
    hint: "write it like 5%/s or 20/s",
  });
};

/** How many of a process's devices leave in a second; `share` is the part of the fleet's devices that it holds. */
export const churnPerSecond = (rate: ChurnRate, online: number, share: number): number =>
  rate.kind === "fraction" ? rate.perSecond * online : rate.perSecond * share;
