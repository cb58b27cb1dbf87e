import { once } from "node:events";
import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileFault } from "./file-fault.js";

/**
 * Writes texts to a stream, called `name` in messages, one after another, waiting while it is full. Ends early, without an
 * error, once `signal` is aborted. Throws `output-failed`.
 */
export const writePieces = async (
  stream: Writable,
  name: string,
  pieces: Iterable<string>,
  signal: AbortSignal,
): Promise<void> => {
  for (const piece of pieces) {
    stream.write(piece);
    // A pipe or a file as stdout is written synchronously and never asks to wait: signals and errors still need their turn.
    await nextTurn();
    if (signal.aborted) return;
    if (stream.errored !== null) throw fileFault("output-failed", name, stream.errored);
    if (!stream.writableNeedDrain) continue;
    await once(stream, "drain", { signal }).catch((thrown: unknown) => {
      if (!signal.aborted) throw fileFault("output-failed", name, thrown);
    });
  }
};
