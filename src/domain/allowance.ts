import type { Micros } from "./time.js";

/** So long a stretch may be made up for, seconds: timers are late. */
const CATCH_UP_SECONDS = 0.1;

/** How much may be done at a rate. What is due by a schedule of its own is counted; what can wait, waits for its turn. */
export type Allowance = {
  /** One that cannot wait was done. */
  count(now: Micros): void;
  /** Whether one that can wait may be done now; counts it if so. */
  take(now: Micros): boolean;
};

/** An allowance of a rate per second that may be infinite; the first is there at once. */
export const createAllowance = (perSecond: number, startAt: Micros): Allowance => {
  if (perSecond === Number.POSITIVE_INFINITY) return { count: () => undefined, take: () => true };
  const most = Math.max(1, perSecond * CATCH_UP_SECONDS);
  let left = 1;
  let at = startAt;
  const refill = (now: Micros) => {
    left = Math.min(most, left + (Math.max(0, now - at) * perSecond) / 1e6);
    at = now;
  };
  return {
    count: (now) => {
      refill(now);
      left--;
    },
    take: (now) => {
      refill(now);
      if (left < 1) return false;
      left--;
      return true;
    },
  };
};
