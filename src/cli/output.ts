import type { ChalkInstance } from "chalk";
import { LiveBlock } from "./live-block.js";
import { type Progress, type ProgressOptions, startProgress } from "./progress.js";
import { canRedraw, paintFor, type TerminalStream } from "./terminal.js";

/** How a command speaks. */
export type OutputMode = {
  /** Only JSON documents reach stdout. */
  readonly json: boolean;
  /** Nothing but results and errors is printed. */
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly noColor: boolean;
};

/** The only way to a user's eyes. Text from outside must have gone through `escapeControls`. */
export type Output = {
  readonly mode: OutputMode;
  /** A result in words, to stdout; left out with `--json`. */
  result(text: string): void;
  /** A result as one JSON document on one line, to stdout; left out without `--json`. */
  json(value: object): void;
  /** A hint or a state, to stderr; left out with `--quiet`. */
  note(text: string): void;
  /** How something came about, to stderr; only with `--verbose`. */
  detail(text: string): void;
  /** An error, to stderr, always. */
  error(text: string): void;
  /** Starts to show how far long work is. */
  progress(label: string, total: number): Promise<Progress>;
  /** Lines on stderr that are drawn again in place, below whatever else is said; null where that cannot be, or with `--quiet`. */
  live(): LiveBlock | null;
  /** Standard output itself, for a command whose result is a stream. */
  readonly stdout: TerminalStream;
  /** Colours for results, and for what goes to stderr. */
  readonly paint: { readonly out: ChalkInstance; readonly err: ChalkInstance };
};

/** Makes the output of one command. */
export const createOutput = (
  streams: { readonly stdout: TerminalStream; readonly stderr: TerminalStream },
  mode: OutputMode,
  env: Readonly<Record<string, string | undefined>>,
): Output => {
  const { stdout, stderr } = streams;
  const redraws = canRedraw(stderr, env);
  const progress: ProgressOptions = { stderr, quiet: mode.quiet, redraws };
  let block: LiveBlock | null = null;
  const lineTo = (stream: TerminalStream, text: string): void => {
    const write = () => void stream.write(`${text}\n`);
    // both streams are taken to be one terminal
    if (block !== null && stream.isTTY) block.around(write);
    else write();
  };
  return {
    mode,
    result: (text) => mode.json || lineTo(stdout, text),
    json: (value) => mode.json && lineTo(stdout, JSON.stringify(value)),
    note: (text) => mode.quiet || lineTo(stderr, text),
    detail: (text) => mode.verbose && lineTo(stderr, text),
    error: (text) => lineTo(stderr, text),
    progress: (label, total) => startProgress(label, total, progress),
    live: () => {
      block = redraws && !mode.quiet ? new LiveBlock(stderr) : null;
      return block;
    },
    stdout,
    paint: { out: paintFor(stdout, env, mode.noColor), err: paintFor(stderr, env, mode.noColor) },
  };
};
