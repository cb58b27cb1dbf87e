import { type Micros, micros } from "./time.js";

/** When the `n`th piece of work (from 0) is due, µs after the start. Load shape is a value: whoever waits, waits elsewhere. */
export type Pacer = (n: number) => Micros;

/** Even spacing at `perSecond`; everything due at once where that is infinite. */
export const constantRate = (perSecond: number): Pacer => {
  if (perSecond === Number.POSITIVE_INFINITY) return () => micros(0);
  const gap = 1e6 / perSecond;
  return (n) => micros(n * gap);
};

/** How many pieces of work are due after `elapsed`; the inverse of a pacer with even spacing. */
export const dueBy = (perSecond: number, elapsed: Micros): number =>
  perSecond === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.floor((elapsed / 1e6) * perSecond) + 1;
