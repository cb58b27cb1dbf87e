import { type Micros, micros } from "./time.js";

/** How many pieces of work, evenly spaced from the start on, are due after `elapsed`; all of them where the rate is infinite. */
export const dueBy = (perSecond: number, elapsed: Micros): number =>
  perSecond === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.floor((elapsed / 1e6) * perSecond) + 1;

/**
 * How a rate comes about: `linear` rises evenly from nothing to the full rate over the duration; `exponential` begins with one a
 * second and doubles at even distances, so that it reaches the full rate at the end of the duration.
 */
export type Ramp = { readonly shape: "linear" | "exponential"; readonly duration: Micros };

/** The shape of a load: a rate, which may be infinite, and how it is reached. Plain data: it is sent to other processes. */
export type Pace = { readonly perSecond: number; readonly ramp: Ramp | null };

/** A pace as two functions, each the inverse of the other to within rounding. The first piece is due at the start. */
export type Pacer = {
  /** How many pieces are due `elapsed` after the start; none before it. */
  dueBy(elapsed: Micros): number;
  /** How long after the start the piece with this number, from 0, is due. */
  dueAt(number: number): Micros;
};

/** The part of a pace before its full rate, in seconds and pieces; `areaAt` and `timeAt` are inverse to each other in it. */
type Rise = {
  readonly seconds: number;
  readonly pieces: number;
  readonly areaAt: (seconds: number) => number;
  readonly timeAt: (pieces: number) => number;
};

const linearRise = (rate: number, seconds: number): Rise => ({
  seconds,
  pieces: (rate * seconds) / 2,
  areaAt: (t) => (rate * t * t) / (2 * seconds),
  timeAt: (n) => Math.sqrt((2 * seconds * n) / rate),
});

const exponentialRise = (rate: number, seconds: number): Rise => {
  const growth = Math.log(rate) / seconds;
  return {
    seconds,
    pieces: (rate - 1) / growth,
    areaAt: (t) => Math.expm1(growth * t) / growth,
    timeAt: (n) => Math.log1p(growth * n) / growth,
  };
};

const riseOf = ({ perSecond, ramp }: Pace): Rise | null => {
  if (ramp === null || ramp.duration <= 0) return null;
  const seconds = ramp.duration / 1e6;
  if (ramp.shape === "linear") return linearRise(perSecond, seconds);
  // there is nothing to double up to
  return perSecond > 1 ? exponentialRise(perSecond, seconds) : null;
};

/** The pacer of a pace. Without a rate everything is due at once, whatever the ramp. */
export const pacerOf = (pace: Pace): Pacer => {
  const { perSecond } = pace;
  if (perSecond === Number.POSITIVE_INFINITY) {
    return { dueBy: (elapsed) => (elapsed < 0 ? 0 : Number.POSITIVE_INFINITY), dueAt: () => micros(0) };
  }
  const rise = riseOf(pace);
  if (rise === null) {
    return {
      dueBy: (elapsed) => (elapsed < 0 ? 0 : dueBy(perSecond, elapsed)),
      dueAt: (number) => micros((number * 1e6) / perSecond),
    };
  }
  const { seconds, pieces, areaAt, timeAt } = rise;
  return {
    dueBy: (elapsed) => {
      if (elapsed < 0) return 0;
      const t = elapsed / 1e6;
      return Math.floor(t < seconds ? areaAt(t) : pieces + (t - seconds) * perSecond) + 1;
    },
    dueAt: (number) => micros(1e6 * (number < pieces ? timeAt(number) : seconds + (number - pieces) / perSecond)),
  };
};
