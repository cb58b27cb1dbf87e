import { openSync, readSync } from "node:fs";

/** Three numbers of at most 20 digits. */
const LINE_BYTES = 64;

/**
 * Opens the account of how long this process's first thread, the one with the event loop, was ready to run and had no core; answers
 * what reads it: µs since its start, NaN where the system does not tell. Linux has it, in ns, as the second number of
 * /proc/self/schedstat. The file stays open as long as the process, so that a reading is one system call.
 */
export const openRunQueue = (path = "/proc/self/schedstat"): (() => number) => {
  const file = open(path);
  const line = Buffer.alloc(LINE_BYTES);
  return () => {
    if (file === null) return Number.NaN;
    const length = readSync(file, line, 0, LINE_BYTES, 0);
    const waited = /^\d+ (\d+) /.exec(line.toString("latin1", 0, length))?.[1];
    return waited === undefined ? Number.NaN : Number(waited) / 1000;
  };
};

const open = (path: string): number | null => {
  try {
    return openSync(path, "r");
  } catch {
    return null; // another system, or a kernel without scheduler statistics
  }
};
