import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/**
 * A shell between the two keeps the program's life tied to this process's, however that ends: when its standard input closes,
 * which the kernel sees to, it ends the program.
 */
const KEEPER = `exec 3<&0
"$@" 3<&- </dev/null &
program=$!
(cat <&3; kill -TERM "$program") >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$program"
code=$?
kill "$watch" 2>/dev/null
exit "$code"`;

/** How a program ended. */
export type Ending = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** A program that runs. Disposing stops it and waits for its end. */
export type OwnedProcess = AsyncDisposable & {
  /** Of the shell that keeps it: the program is its only child but for the watch. */
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Asks it to end: SIGTERM. */
  stop(): void;
};

/** Starts a program that ends when this process ends, killed or not. `env` is added to this process's. */
export const startOwned = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): OwnedProcess => {
  const child = spawn("sh", ["-c", KEEPER, "keeper", command, ...args], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // it may have ended before it was asked to
  child.stdin.on("error", () => undefined);
  const watch = async (): Promise<Ending> => {
    const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
    const [exitCode]: unknown[] = await once(child, "exit");
    child.stdin.destroy();
    const [stdout, stderr] = await outputs;
    return { exitCode: typeof exitCode === "number" ? exitCode : -1, stdout, stderr };
  };
  const ended = watch();
  const stop = () => {
    child.stdin.end();
  };
  return {
    pid: child.pid ?? -1,
    ended,
    stop,
    [Symbol.asyncDispose]: async () => {
      stop();
      await ended;
    },
  };
};
