import { once } from "node:events";
import type { Writable } from "node:stream";

/** Writes texts to a stream one after another, waiting while it is full. Ends early, without an error, once `signal` is aborted. */
export const writePieces = async (stream: Writable, pieces: Iterable<string>, signal: AbortSignal): Promise<void> => {
  for (const piece of pieces) {
    if (signal.aborted) return;
    if (stream.write(piece)) continue;
    await once(stream, "drain", { signal }).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
  }
};
