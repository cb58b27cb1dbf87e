import { IotbError } from "../domain/errors.js";
import { fileFault, systemCodeOf } from "../files/file-fault.js";
import type { Invocation, Stdio } from "./command.js";
import { EXIT, strongestExitCode } from "./exit-codes.js";
import { createOutput } from "./output.js";
import { isShown, printError } from "./print-error.js";
import { buildProgram, COMMANDS, isFlagName } from "./program.js";
import { listenForSignals, type SignalEmitter } from "./signals.js";
import type { TerminalStream } from "./terminal.js";
import { readVersion } from "./version.js";

/** The process, as the entry point hands it over: nothing else touches it. */
export type ProcessEdge = Stdio & {
  readonly signals: SignalEmitter;
  /** Ends the process at once; for the second Ctrl-C only. */
  readonly leave: (exitCode: number) => void;
};

/** Runs one command line (`argv` without node and script) and answers the exit code. Never rejects: the only catch is here. */
export const main = async (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  edge: ProcessEdge,
): Promise<number> => {
  const onFirst = (): void => invocation.output.note("stopping; press Ctrl-C again to leave at once");
  using interruption = listenForSignals(edge.signals, onFirst, edge.leave);
  const invocation: Invocation = {
    stdio: edge,
    env,
    signal: interruption.signal,
    divertSignals: interruption.divert,
    commands: COMMANDS,
    isFlag: isFlagName,
    output: createOutput(edge, guessMode(argv, env), env),
    exitCode: EXIT.done,
  };
  const stdout = watch(edge.stdout, () => interruption.stop(new IotbError("interrupted", "nobody reads stdout")));
  edge.stderr.on("error", () => undefined); // whoever closed it does not want to hear
  let printed = false;
  try {
    await buildProgram(invocation, readVersion()).parseAsync(argv, { from: "user" });
  } catch (thrown) {
    const quiet = isShown(thrown) || (isStop(thrown) && (interruption.interrupted || stdout.isClosed()));
    if (!quiet) invocation.exitCode = printError(thrown, invocation.output);
    printed = !quiet;
  }
  const lost = await stdout.flushed();
  if (typeof invocation.exitCode === "object") return invocation.exitCode.foreign;
  if (lost !== null && !printed)
    invocation.exitCode = strongestExitCode([invocation.exitCode, printError(lost, invocation.output)]);
  return interruption.interrupted ? EXIT.interrupted : invocation.exitCode;
};

/** What follows from stopping is no failure of its own: it is not printed. */
const isStop = (thrown: unknown): boolean =>
  thrown instanceof IotbError ? thrown.code === "interrupted" : thrown instanceof Error && thrown.name === "AbortError";

/** Before flags are known, errors are still printed as they ask for. */
const guessMode = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): { json: boolean; quiet: boolean; verbose: boolean; noColor: boolean } => {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  const json = words.includes("--json") || ["1", "true", "yes", "on"].includes(env["IOTB_JSON"]?.toLowerCase() ?? "");
  return { json, quiet: false, verbose: words.includes("--verbose"), noColor: words.includes("--no-color") };
};

/** Listens for a reader that went away (quietly) and for a disk that is full (`flushed` answers the failure). */
const watch = (stream: TerminalStream, onClosed: () => void) => {
  let closed = false;
  let failure: IotbError | null = null;
  const onError = (thrown: unknown): void => {
    if (systemCodeOf(thrown) === "EPIPE") {
      if (!closed) onClosed();
      closed = true;
    } else if (!closed) {
      failure ??= fileFault("output-failed", "(stdout)", thrown);
    }
  };
  stream.on("error", onError);
  return {
    isClosed: () => closed,
    flushed: async (): Promise<IotbError | null> => {
      await new Promise<void>((resolve) => {
        stream.write("", (thrown) => {
          if (thrown) onError(thrown);
          resolve();
        });
      });
      return failure;
    },
  };
};
