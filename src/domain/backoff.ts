import { type Micros, micros } from "./time.js";

/** Exponential back-off: `floor` is the least wait, `ceiling` the most. */
export type BackoffRule = { readonly floor: Micros; readonly ceiling: Micros };

/** On a platform of one's own: soon, but not at once. */
export const LOCAL_BACKOFF: BackoffRule = { floor: micros(1e6), ceiling: micros(30e6) };

/** Elsewhere: a device may connect 5 times a minute. [Limits: connection attempts per device] */
export const REMOTE_BACKOFF: BackoffRule = { floor: micros(12e6), ceiling: micros(120e6) };

/**
 * How long to wait before the `attempt`th retry (from 1): between the floor and the floor doubled per attempt, up to the
 * ceiling, drawn evenly by `random` (0 ≤ r < 1), so that a fleet that lost its platform does not come back as one wave.
 */
export const backoffDelay = (rule: BackoffRule, attempt: number, random: number): Micros => {
  const top = Math.min(rule.ceiling, rule.floor * 2 ** Math.min(attempt, 30));
  return micros(rule.floor + (top - rule.floor) * random);
};
