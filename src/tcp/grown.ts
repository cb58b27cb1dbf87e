/** `to`, a longer array, with what `from` holds at its beginning. */
export const grownFrom = <T extends Int32Array | Uint32Array | Uint8Array>(to: T, from: T): T => {
  to.set(from);
  return to;
};
