import { stat } from "node:fs/promises";
import type { Output } from "./output.js";
import type { Progress } from "./progress.js";

/** How far the reading of files is; `read` hears of the bytes as they come. */
export type ReadingProgress = Disposable & { readonly read: (bytes: number) => void };

const BYTES_PER_MB = 1_000_000;

/** Shows how much of some files is read, where it is known how long they all are: of a pipe or standard input it is not. */
export const startReadingProgress = async (paths: readonly string[], output: Output): Promise<ReadingProgress> => {
  const sizes = await Promise.all(paths.map(sizeOf));
  const total = sizes.reduce<number | null>((sum, size) => (sum === null || size === null ? null : sum + size), 0);
  const progress: Progress | null =
    total === null ? null : await output.progress("reading receipts, MB", Math.ceil(total / BYTES_PER_MB));
  let done = 0;
  return {
    read: (bytes) => {
      done += bytes;
      progress?.update(Math.floor(done / BYTES_PER_MB));
    },
    [Symbol.dispose]: () => progress?.stop(),
  };
};

/** Null where nobody knows; that a file cannot be read is said when it is. */
const sizeOf = async (path: string): Promise<number | null> => {
  if (path === "-") return null;
  const facts = await stat(path).catch(() => null);
  return facts?.isFile() === true ? facts.size : null;
};
