import { mkdir, readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startOwned } from "./owned-process.js";

// seen from dist/bench
const SOURCES = fileURLToPath(new URL("../../bench/limit/", import.meta.url));
const FOLDER = fileURLToPath(new URL("../limit/", import.meta.url));

/** How the limit program works: which calls, how many processes of each kind, and whether each stays on one core. */
export type LimitShape = {
  readonly mode: "epoll" | "io_uring";
  readonly writers: number;
  readonly readers: number;
  readonly pinned: boolean;
};

/** What it found. */
export type LimitFigures = {
  /** Median of the rounds: packets by the time from before the order to write until after the last byte was read. */
  readonly deliveriesPerSecond: number;
  readonly connectsPerSecond: number;
  /** What the machine has less of when all are connected: nearly all of it is the kernel's. */
  readonly memoryBytesPerConnection: number;
};

/** `bench/limit`, compiled. A run that hangs ends itself after five minutes. */
export type LimitProgram = {
  /** Files that one process may have open. */
  readonly files: number;
  /** Fails where bytes were lost; answers in words where the machine does not allow that shape. */
  measure(shape: LimitShape, connections: number, bytes: number, rounds: number): Promise<LimitFigures | string>;
};

const openFiles = async (): Promise<number> => {
  const limits = await readFile("/proc/self/limits", "utf8");
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
};

/** Exit code of the program where a limit of the machine is in the way. */
const NOT_ALLOWED = 3;

const measureWith =
  (program: string): LimitProgram["measure"] =>
  async ({ mode, writers, readers, pinned }, connections, bytes, rounds) => {
    const numbers = [connections, bytes, rounds, writers, readers].map(String);
    await using run = startOwned(program, [mode, ...numbers, ...(pinned ? ["pinned"] : [])]);
    const { exitCode, stdout, stderr } = await run.ended;
    if (exitCode === NOT_ALLOWED) return stderr.trim();
    if (exitCode !== 0) throw new Error(`the limit program: exit code ${exitCode}: ${stderr.trim()}`);
    return JSON.parse(stdout) as LimitFigures;
  };

/** Exit code of a shell that does not find the command. */
const NOT_FOUND = 127;

/** Compiles the program with the machine's C compiler (`$CC` or cc); answers in words why it cannot. */
export const buildLimitProgram = async (): Promise<LimitProgram | string> => {
  if (process.platform !== "linux") return "bench/limit: needs Linux (epoll)";
  const compiler = process.env["CC"] ?? "cc";
  const sources = (await readdir(SOURCES)).filter((name) => name.endsWith(".c")).map((name) => SOURCES + name);
  const program = `${FOLDER}limit`;
  await mkdir(FOLDER, { recursive: true });
  await using run = startOwned(compiler, ["-O2", "-std=c11", "-Wall", "-Wextra", "-o", program, ...sources]);
  const { exitCode, stderr } = await run.ended;
  if (exitCode === NOT_FOUND) return `bench/limit: no C compiler (${compiler})`;
  if (exitCode !== 0) throw new Error(`bench/limit does not compile: ${stderr.trim()}`);
  return { files: await openFiles(), measure: measureWith(program) };
};
