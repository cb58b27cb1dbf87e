import { readdirSync, readFileSync } from "node:fs";

/** What a process is to a run. */
export type ProcessKind = "fleet" | "platform" | "other";

/** What one process holds, KiB. */
export type ProcessMemory = {
  readonly kind: ProcessKind;
  /** Its own pages, and its share of those that it has in common with others. */
  readonly pssKib: number;
  /** Its own pages alone. */
  readonly privateKib: number;
  readonly rssKib: number;
};

/** A process that ends meanwhile has no text. */
const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** By the entry that it was started with. */
const kindOf = (pid: number): ProcessKind => {
  const command = read(`/proc/${pid}/cmdline`);
  if (command.includes("fleet-shard")) return "fleet";
  return /platform-(?:node|worker)/.test(command) ? "platform" : "other";
};

/** The process and all below it, now. */
const treeOf = (root: number): readonly number[] => {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    // the name of a program may hold blanks and parentheses; what follows the last one is the state and the parent
    const parent = Number.isInteger(pid)
      ? Number(read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1])
      : Number.NaN;
    if (Number.isInteger(parent)) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
};

const kib = (rollup: string, name: string): number =>
  [...rollup.matchAll(new RegExp(`^${name}: +(\\d+) kB`, "gm"))].reduce((sum, [, value]) => sum + Number(value), 0);

/** The memory of a process and of all below it; reading costs a millisecond or so for each. Linux. */
export const processMemory = (root: number): readonly ProcessMemory[] =>
  treeOf(root).map((pid) => {
    const rollup = read(`/proc/${pid}/smaps_rollup`);
    return {
      kind: kindOf(pid),
      pssKib: kib(rollup, "Pss"),
      privateKib: kib(rollup, "Private_Clean") + kib(rollup, "Private_Dirty"),
      rssKib: kib(rollup, "Rss"),
    };
  });

/** Sums one figure over the processes of a kind. */
export const sumOver = (
  processes: readonly ProcessMemory[],
  kind: ProcessKind,
  figure: "pssKib" | "privateKib" | "rssKib",
): number => processes.filter((one) => one.kind === kind).reduce((sum, one) => sum + one[figure], 0);
