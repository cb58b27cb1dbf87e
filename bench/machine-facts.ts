import { execFile } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { promisify } from "node:util";

/** What figures depend on beside the program. */
export type MachineFacts = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  /** The commit that was measured, with `-dirty` where files differ from it; null outside a repository. */
  readonly commit: string | null;
  readonly date: string;
  /** How busy the machine was with other work before the benchmark began: mean of the last minute. */
  readonly loadBefore: number;
};

const commit = async (): Promise<string | null> => {
  try {
    const { stdout } = await promisify(execFile)("git", [
      "describe",
      "--always",
      "--abbrev=12",
      "--exclude=*",
      "--dirty",
    ]);
    return stdout.trim();
  } catch {
    return null;
  }
};

/** Reads the facts now: before the first run, so that the load is not the benchmark's own. */
export const machineFacts = async (): Promise<MachineFacts> => {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    commit: await commit(),
    date: new Date().toISOString(),
    loadBefore: loadavg()[0] ?? 0,
  };
};
