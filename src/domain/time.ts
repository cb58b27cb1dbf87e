declare const unit: unique symbol;

/** A time or a duration in whole or fractional microseconds. The brand keeps milliseconds and bare numbers out. */
export type Micros = number & { readonly [unit]: "us" };

/** Marks a number as microseconds; the only way in. */
export const micros = (value: number): Micros => value as Micros;

/** Milliseconds to microseconds. */
export const fromMillis = (ms: number): Micros => micros(ms * 1000);

/** Microseconds to milliseconds, for people and for JSON keys that end in `Ms`. */
export const toMillis = (us: number): number => us / 1000;

/** Reads the present time, µs since an origin that every process of one boot of one host shares. Never goes backwards. */
export type Clock = () => Micros;

/**
 * Ties one reading of the monotonic clock to one of the wall clock. Taken once per process; every wall time shown is
 * derived from it, so that a step of the wall clock never changes a duration.
 */
export type ClockAnchor = { readonly bootId: string; readonly monotonicUs: Micros; readonly unixUs: Micros };

/** The Unix time in whole µs of a monotonic time, by an anchor of the same boot. */
export const toUnix = (anchor: ClockAnchor, at: Micros): Micros =>
  // rounded before the sum: at the size of Unix times in µs a double has no tenths left
  micros(Math.round(anchor.unixUs) + Math.round(at - anchor.monotonicUs));
