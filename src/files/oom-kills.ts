import { readFileSync } from "node:fs";

/** How many processes the kernel has killed for lack of memory since this was called; null where it does not tell. */
export const watchOomKills = (path = "/proc/vmstat"): (() => number | null) => {
  const before = count(path);
  return () => {
    const now = count(path);
    return before === null || now === null ? null : now - before;
  };
};

const count = (path: string): number | null => {
  try {
    const found = /^oom_kill (\d+)$/m.exec(readFileSync(path, "utf8"))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    return null; // another system, or a sandbox that hides it
  }
};
