/** A source of numbers that are always the same for the same seed. */
export type Random = {
  /** A whole number from 0 to `limit` - 1; `limit` is at least 1. */
  below(limit: number): number;
};

/** A seed of 32 bits from a text (FNV-1a). */
export const seedOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

/** Numbers from a seed of 32 bits (mulberry32): quick to start, because every input has a source of its own. */
export const createRandom = (seed: number): Random => {
  let state = seed | 0;
  return {
    below: (limit) => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
    },
  };
};

/** One of a list that is not empty. */
export const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)] as T;
