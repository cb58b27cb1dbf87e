import { type Clock, type ClockAnchor, type Micros, micros } from "./time.js";

/**
 * The monotonic clock of this host, shared by all its processes (CLOCK_MONOTONIC, `process.hrtime`). A reading costs one
 * `performance.now()`: the offset between the two is measured once, as the tightest of several paired readings.
 */
export const createMonotonicClock = (): Clock => {
  let offset = 0;
  let tightest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 16; i++) {
    const before = performance.now() * 1000;
    const absolute = Number(process.hrtime.bigint() / 10n) / 100;
    const after = performance.now() * 1000;
    if (after - before < tightest) {
      tightest = after - before;
      offset = absolute - (before + after) / 2;
    }
  }
  return () => (performance.now() * 1000 + offset) as Micros;
};

/** Reads both clocks together, to turn monotonic times into Unix times later. `bootId` tells hosts and boots apart. */
export const anchorClock = (clock: Clock, bootId: string): ClockAnchor => {
  const before = clock();
  const unixMs = Date.now();
  const after = clock();
  return { bootId, monotonicUs: micros(Math.round((before + after) / 2)), unixUs: micros(unixMs * 1000) };
};
