import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { isatty } from "node:tty";
import type { Interruption } from "./signals.js";

/** A shell adds the number of the signal to this. */
const SIGNAL_BASE = 128;

/**
 * Runs a program on this process's own input and output, hands signals on to it, and answers its exit code, that of a shell where
 * a signal ended it. Fails with the system's error where it cannot be started.
 */
export const runChild = async (
  { command, args }: { readonly command: string; readonly args: readonly string[] },
  env: Readonly<Record<string, string>>,
  divertSignals: Interruption["divert"],
): Promise<number> => {
  const child = spawn(command, args, { env, stdio: "inherit" });
  // from the first moment on: a signal between the start and here would end this process and leave the child behind
  using _signals = divertSignals((name) => {
    // A terminal sends Ctrl-C to every process of its group: handed on, the child would get it twice, and twice is "at once".
    if (name === "SIGINT" && isatty(0)) return;
    child.kill(name);
  });
  const [code, signal] = await once(child, "exit");
  if (typeof code === "number") return code;
  return SIGNAL_BASE + (constants.signals[signal as NodeJS.Signals] ?? 0);
};
