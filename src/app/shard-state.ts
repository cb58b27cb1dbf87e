import type { ShardLink, ShardTotals } from "./shard-messages.js";

/** What is known of one shard. */
export type ShardState = {
  readonly link: ShardLink;
  readonly devices: number;
  alive: boolean;
  online: number;
  refused: number;
  /** Devices that the broadcast announced last is for, as the shard said before it was sent; null until it has. */
  announced: number | null;
  /** What it has counted in all, as it said when it was told to stop. */
  totals: ShardTotals | null;
};

/** A shard of which nothing is known yet but how many devices it holds. */
export const stateOf = ({ link, devices }: { readonly link: ShardLink; readonly devices: number }): ShardState => ({
  link,
  devices,
  alive: true,
  online: 0,
  refused: 0,
  announced: null,
  totals: null,
});

/** One figure of every shard, added up. */
export const sumOf = (shards: readonly ShardState[], of: (shard: ShardState) => number): number =>
  shards.reduce((sum, shard) => sum + of(shard), 0);
