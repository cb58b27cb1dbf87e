import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { MeasureResult } from "../../src/domain/measure-result.js";

/** The command line tool itself, from the compiled test. */
const BIN = new URL("../../../bin/iotb.js", import.meta.url).pathname;

/** How a command ended, with everything that it printed. */
export type Finished = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** How a command is started. The environment holds nothing but what is named here, PATH and an empty home. */
export type IotbOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** All of standard input; without it there is none. */
  readonly input?: string;
  /** An open file that standard output goes to, instead of being kept. */
  readonly stdout?: number;
};

/** A command at work. Disposing kills it and waits until it and its children are gone. */
export type RunningIotb = AsyncDisposable & {
  readonly pid: number;
  readonly child: ChildProcess;
  /**
   * Resolves when the process has ended and nobody holds its stdout and stderr any more. Its children inherit stderr, so this
   * is also the proof that none of them is left.
   */
  readonly ended: Promise<Finished>;
  /** Resolves with the match as soon as all that was printed so far matches; fails when the command ends first. */
  saw(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
};

/** Starts `iotb` as a user does, in a process of its own. */
export const startIotb = (args: readonly string[], { env = {}, input, stdout }: IotbOptions = {}): RunningIotb => {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
    stdio: [input === undefined ? "ignore" : "pipe", stdout ?? "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  const looks = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      for (const look of looks) look();
    });
  }
  // a command that reads no stdin may be gone before it is written
  child.stdin?.on("error", () => undefined).end(input);
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...text }));
  return {
    pid: child.pid ?? -1,
    child,
    ended,
    saw: (stream, pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text[stream]);
          if (match === null) return;
          looks.delete(look);
          resolve(match);
        };
        looks.add(look);
        look();
        void ended.then(({ stdout, stderr }) =>
          reject(new Error(`${pattern} never came on ${stream}:\n${stdout}\n${stderr}`)),
        );
      }),
    kill: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
};

/** Runs `iotb` to its end. */
export const iotb = async (args: readonly string[], options?: IotbOptions): Promise<Finished> => {
  await using running = startIotb(args, options);
  return await running.ended;
};

/** Stdout as exactly one JSON document. */
export const documentOf = ({ stdout, stderr }: Finished): Record<string, unknown> => {
  try {
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch (thrown) {
    throw new Error(`stdout is not one JSON document: ${stdout}\nstderr: ${stderr}`, { cause: thrown });
  }
};

/** Stdout as the document of a measurement. */
export const resultOf = (finished: Finished): MeasureResult => {
  const document = documentOf(finished);
  if (document["schema"] !== "iotb.measure/1")
    throw new Error(`no measurement: ${finished.stdout}\n${finished.stderr}`);
  return document as unknown as MeasureResult;
};

/** The only broadcast of a measurement, or a failure. */
export const onlyBroadcast = ({ broadcasts }: MeasureResult): MeasureResult["broadcasts"][number] => {
  const [broadcast] = broadcasts;
  if (broadcast === undefined || broadcasts.length !== 1) throw new Error(`${broadcasts.length} broadcasts`);
  return broadcast;
};

/** What a run says of each broadcast, without times and ids. */
export const accountsOf = ({ broadcasts }: MeasureResult) =>
  broadcasts.map(({ expected, delivered, missing, excused, unknown, duplicates, strays, corrupt, ...who }) => ({
    counts: { expected, delivered, missing, excused, unknown, duplicates, strays, corrupt },
    missing: who.missingDevices,
    excused: who.excusedDevices,
  }));

/** Whether a process is there. */
export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
