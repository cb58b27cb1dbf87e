import { type Clock, type ClockAnchor, type Micros, micros } from "./time.js";

/** A clock and how far its readings may be from those of another process of the same boot. */
export type CalibratedClock = { readonly now: Clock; readonly uncertaintyUs: Micros };

/**
 * The monotonic clock of this host, shared by all its processes (CLOCK_MONOTONIC, `process.hrtime`). A reading costs one
 * `performance.now()`: the offset between the two is measured once, as the tightest of several paired readings, and the
 * width of that pair bounds the error.
 */
export const calibrateClock = (): CalibratedClock => {
  let offset = 0;
  let tightest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 32; i++) {
    const before = performance.now() * 1000;
    const absolute = Number(process.hrtime.bigint() / 10n) / 100;
    const after = performance.now() * 1000;
    if (after - before < tightest) {
      tightest = after - before;
      offset = absolute - (before + after) / 2;
    }
  }
  return { now: () => (performance.now() * 1000 + offset) as Micros, uncertaintyUs: micros(tightest / 2) };
};

/** Just the clock of {@link calibrateClock}. */
export const createMonotonicClock = (): Clock => calibrateClock().now;

/** Reads both clocks together, to turn monotonic times into Unix times later. `bootId` tells hosts and boots apart. */
export const anchorClock = (clock: Clock, bootId: string): ClockAnchor => {
  const before = clock();
  const unixMs = Date.now();
  const after = clock();
  return { bootId, monotonicUs: micros(Math.round((before + after) / 2)), unixUs: micros(unixMs * 1000) };
};
