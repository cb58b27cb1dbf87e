import type { InFlight } from "../domain/settling.js";
import type { Micros } from "../domain/time.js";

/** How one shard is coming along with one broadcast. */
export type ShardProgress = {
  readonly expected: number;
  readonly outstanding: number;
  readonly lastReceiptAt: Micros | null;
};

/** How a broadcast stands over all shards; of one that died nothing is outstanding any more. */
export const standingOf = (
  progress: ReadonlyMap<{ readonly alive: boolean }, ShardProgress>,
): Omit<InFlight, "acceptedAt"> => {
  let outstanding = 0;
  let lastReceiptAt: Micros | null = null;
  for (const [shard, state] of progress) {
    if (shard.alive) outstanding += state.outstanding;
    if (state.lastReceiptAt !== null && state.lastReceiptAt > (lastReceiptAt ?? 0)) lastReceiptAt = state.lastReceiptAt;
  }
  return { outstanding, lastReceiptAt };
};

/** How many of how many devices a broadcast has reached. */
export const arrivedOf = (
  progress: Iterable<ShardProgress>,
): { readonly expected: number; readonly arrived: number } => {
  let expected = 0;
  let arrived = 0;
  for (const state of progress) {
    expected += state.expected;
    arrived += state.expected - state.outstanding;
  }
  return { expected, arrived };
};
