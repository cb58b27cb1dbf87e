import type { Random } from "./random.js";

/** Code that reads bytes from outside, and what must hold whatever the bytes are. */
export type FuzzTarget = {
  /** Letters and `-`: part of the names of findings. */
  readonly name: string;
  /** Valid inputs, which the fuzzer changes; at least one. */
  readonly corpus: readonly Buffer[];
  /**
   * Reads one input and answers in a word what became of it. Throws where a property does not hold; anything that the code under
   * test throws, and does not document, passes through. Depends on nothing but the input.
   */
  check(input: Buffer): string;
};

/** Cuts bytes into pieces of 1 to `longest`, by chance; the pieces together are the bytes. */
export const inPieces = (random: Random, bytes: Buffer, longest: number): Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(longest);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
};
