import { setImmediate, setTimeout } from "node:timers/promises";
import { type Clock, type Micros, micros, toMillis } from "../domain/time.js";

/** Waits; resolves early, without an error, when the signal aborts. */
export type Sleep = (duration: Micros, signal: AbortSignal) => Promise<void>;

/** Waits by a timer of the process, which is up to a millisecond or two late. */
export const sleep: Sleep = async (duration, signal) => {
  await setTimeout(toMillis(duration), undefined, { signal }).catch(() => undefined);
};

/** Timers are late by this much at most on an idle machine; the rest is waited by turns of the event loop. */
const TIMER_SLACK = micros(2000);

/** Waits until `at` by the clock, to within a turn of the event loop; false if the signal aborted first. */
export const sleepUntil = async (at: Micros, clock: Clock, signal: AbortSignal): Promise<boolean> => {
  for (let left = at - clock(); left > 0 && !signal.aborted; left = at - clock()) {
    if (left > TIMER_SLACK) await sleep(micros(left - TIMER_SLACK), signal);
    else await setImmediate();
  }
  return !signal.aborted;
};
