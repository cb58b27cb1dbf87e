import { setTimeout as wait } from "node:timers/promises";
import type { Sleep } from "./send-broadcasts.js";

/** The longest wait that a timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Waits on a timer, which the signal ends. May wake early by design where the wait is longer than a timer can be. */
export const sleep: Sleep = async (duration, signal) => {
  if (signal.aborted) return;
  try {
    await wait(Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(duration / 1000))), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
