/** Numbers 0 ≤ r < 1, the same for the same seed on every machine. */
export type Random = () => number;

/** A small generator of 32 bits of state (mulberry32): enough to choose and to resample, not for secrets. `salt` gives each use its own. */
export const seededRandom = (seed: number, salt: string): Random => {
  let state = seed >>> 0;
  for (let i = 0; i < salt.length; i++) state = (Math.imul(state ^ salt.charCodeAt(i), 0x01000193) + 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** `count` different members of a list, or all of it where it has fewer; the order of the list matters, time does not. */
export const choose = <T>(from: readonly T[], count: number, random: Random): T[] => {
  const left = from.slice();
  const chosen: T[] = [];
  while (chosen.length < count && left.length > 0) {
    const at = Math.floor(random() * left.length);
    chosen.push(left[at] as T);
    left[at] = left.at(-1) as T;
    left.pop();
  }
  return chosen;
};
