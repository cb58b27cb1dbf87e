import { type InFlight, type SettlingRule, settlesAt } from "../domain/settling.js";
import { type Clock, toMillis } from "../domain/time.js";

/** How often settling is looked at. */
const LOOK_MS = 20;

/**
 * Waits until a broadcast has settled by the rule, as `standing` tells how it stands; an abort ends the waiting at the next look (a
 * listener for each broadcast in flight would be one too many).
 */
export const awaitSettling = (
  standing: () => InFlight,
  rule: SettlingRule,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      const left = toMillis(settlesAt(standing(), rule) - clock());
      if (left > 0 && !signal.aborted) setTimeout(look, Math.min(Math.max(left, 1), LOOK_MS));
      else resolve();
    };
    setTimeout(look, 0);
  });
