import { readFile } from "node:fs/promises";

/**
 * How many files this process may open, or null where the system does not tell. Node raises the soft limit to the hard one when
 * it starts, so what is read here is what there is.
 */
export const openFileLimit = async (): Promise<number | null> => {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
};
