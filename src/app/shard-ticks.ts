/** From so many devices on a broadcast to a process's own takes tens of milliseconds, and what is beside it may be seldom. */
const MANY_DEVICES = 5_000;

/** How often a process of a fleet does what it does beside its devices, ms. */
export type ShardTicks = {
  /** The coordinator hears what is new, and batches go out. */
  readonly reportMs: number;
  /** The process looks at its own load: some 5 µs, and several times as much where a flood has taken the caches. */
  readonly lookMs: number;
};

/** The same of a whole fleet: a broadcast to it takes hundreds of milliseconds. */
const LARGE_FLEET = 50_000;

/** The ticks of a process with so many of a fleet's devices: seldom where there are many, which leaves the cores to them. */
export const ticksOf = (devices: number, fleet: number): ShardTicks => {
  if (devices < MANY_DEVICES) return { reportMs: 20, lookMs: 5 };
  return { reportMs: 50, lookMs: fleet < LARGE_FLEET ? 20 : 50 };
};
