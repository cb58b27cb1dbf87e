import { randomUUID } from "node:crypto";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { coresOfOneSide } from "../domain/shard.js";
import { loadKernelCalls } from "../tcp/kernel-calls.js";

/** A process's place on the board, of so many; `path` is where it finds the memory that all of them share. */
export type BoardSeat = { readonly path: string; readonly seat: number; readonly seats: number };

/** The memory of a board, for as long as it is held. */
export type BoardFile = Disposable & { readonly path: string };

/**
 * Where the processes of one platform see how many broadcasts each has written out, without a message: one that is at work reads no
 * messages. It only ever saves time, so whatever does not work leaves it out.
 */
export type WorkBoard = Disposable & {
  /** This process has written out so many broadcasts in all. */
  through(broadcasts: number): void;
  /**
   * Whether fewer processes than a platform has cores for are still at work on this one's broadcast: all others that have not written
   * out more than it has. Each is given its part of every broadcast, if only an empty one.
   */
  hasSpareCore(): boolean;
};

/** From one number to the next, 32-bit words: no two in one line of a cache. */
const WORDS_APART = 16;

const bytesFor = (seats: number): number => seats * WORDS_APART * Uint32Array.BYTES_PER_ELEMENT;

/**
 * Makes the memory of a board for so many processes: a file that has no name any more, so that nothing is left behind however this
 * process ends. Null where it cannot be made, and elsewhere than on Linux.
 */
export const createBoardFile = (seats: number, directory = tmpdir()): BoardFile | null => {
  if (process.platform !== "linux") return null;
  let file = -1;
  try {
    const name = join(directory, `iotb-${randomUUID()}`);
    file = openSync(name, "wx+", 0o600);
    unlinkSync(name);
    // written, not only made long: where there is no room this fails, and not the first access to a page that has no place
    if (writeSync(file, new Uint8Array(bytesFor(seats))) < bytesFor(seats)) throw new Error("no room");
  } catch {
    if (file >= 0) closeSync(file);
    return null;
  }
  return {
    path: `/proc/${process.pid}/fd/${file}`,
    [Symbol.dispose]: () => {
      if (file >= 0) closeSync(file);
      file = -1;
    },
  };
};

/**
 * Takes a place on a board of a platform that has so many cores for itself; the fleet may be on the same machine. Null where it cannot
 * be had: the board's process has ended, or the library that maps it is not installed.
 */
export const openWorkBoard = async (
  { path, seat, seats }: BoardSeat,
  cores = coresOfOneSide(availableParallelism()),
): Promise<WorkBoard | null> => {
  try {
    const { map } = await loadKernelCalls();
    const file = openSync(path, "r+");
    const { memory, unmap } = ((): ReturnType<typeof map> => {
      try {
        return map(bytesFor(seats), file, 0);
      } finally {
        closeSync(file);
      }
    })();
    const counts = new Uint32Array(memory);
    const own = seat * WORDS_APART;
    return {
      through: (broadcasts) => void Atomics.store(counts, own, broadcasts),
      hasSpareCore: () => {
        const done = Atomics.load(counts, own);
        let atWork = 0;
        for (let at = 0; at < counts.length; at += WORDS_APART) if (Atomics.load(counts, at) <= done) atWork += 1;
        return atWork < cores;
      },
      [Symbol.dispose]: unmap,
    };
  } catch {
    return null;
  }
};
