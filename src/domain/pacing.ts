import type { Micros } from "./time.js";

/** How many pieces of work, evenly spaced from the start on, are due after `elapsed`; all of them where the rate is infinite. */
export const dueBy = (perSecond: number, elapsed: Micros): number =>
  perSecond === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.floor((elapsed / 1e6) * perSecond) + 1;
