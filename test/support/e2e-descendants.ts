import { readdirSync, readFileSync } from "node:fs";

/** What other programs can read of a running process. */
export type VisibleProcess = { readonly pid: number; readonly commandLine: string; readonly environment: string };

/** A process's file under /proc, or an empty text where the process has just gone. */
const read = (pid: number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
};

/** The parent's number comes after the name, which stands in brackets and may hold anything. [proc_pid_stat(5)] */
const parentOf = (pid: number): number => Number(/^.*\) \S (\d+)/s.exec(read(pid, "stat"))?.[1] ?? -1);

/** Every process that `pid` started, directly or not. */
export const descendantsOf = (pid: number): VisibleProcess[] => {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(Number(name)) }));
  const found = new Set([pid]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const { pid: child, parent } of all) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found].map((child) => ({
    pid: child,
    commandLine: read(child, "cmdline"),
    environment: read(child, "environ"),
  }));
};
