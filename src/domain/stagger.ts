/**
 * One process's place in a fleet whose processes share a schedule of slots: its jth device has slot j·`shards` + `shard`, so that
 * neighbouring slots lie in different processes and the fleet as a whole is as even as one process would be.
 */
export type Stagger = {
  /** From 0. */
  readonly shard: number;
  readonly shards: number;
  /** Devices of the whole fleet, and so the slots of one round. */
  readonly fleet: number;
};

/** The slot of a process's jth device. */
export const slotOf = ({ shard, shards }: Stagger, device: number): number => device * shards + shard;

/** How many of the first `slots` slots are the process's own; all of its slots are without end. */
export const ownSlots = ({ shard, shards }: Stagger, slots: number): number =>
  Math.max(0, Math.ceil((slots - shard) / shards));

/** How many turns the process's devices have had when `slots` slots have passed, round after round. */
export const ownTurns = (stagger: Stagger, slots: number): number => {
  const { fleet } = stagger;
  const rounds = Math.floor(slots / fleet);
  return rounds * ownSlots(stagger, fleet) + ownSlots(stagger, slots - rounds * fleet);
};

/**
 * The process's part of the fleet's rows, which goes with its slots: consecutive rows, and where they do not divide, the first
 * processes have one more.
 */
export const ownRows = ({ shard, shards, fleet }: Stagger): { readonly first: number; readonly end: number } => {
  const least = Math.floor(fleet / shards);
  const larger = fleet % shards;
  const first = shard * least + Math.min(shard, larger);
  return { first, end: first + least + (shard < larger ? 1 : 0) };
};
