import type { TerminalStream } from "./terminal.js";

/** How far long work is. Stopping it twice does no harm. */
export type Progress = Disposable & {
  /** So much is done; `note` is a word on it, escaped by the caller. */
  update(done: number, note?: string): void;
  stop(): void;
};

/** Where progress is shown. */
export type ProgressOptions = {
  readonly stderr: TerminalStream;
  readonly quiet: boolean;
  /** Whether it is a terminal on which a line can be drawn again. */
  readonly redraws: boolean;
  /** Milliseconds between two lines where there is no terminal. */
  readonly everyMs?: number;
};

const EVERY_MS = 5_000;

/** Shows progress as a bar on a terminal, as a plain line every few seconds elsewhere, and not at all when quiet. */
export const startProgress = async (label: string, total: number, options: ProgressOptions): Promise<Progress> => {
  if (options.quiet)
    return progressOf(
      () => undefined,
      () => undefined,
    );
  return options.redraws ? startBar(label, total, options.stderr) : startLines(label, total, options);
};

const startBar = async (label: string, total: number, stderr: TerminalStream): Promise<Progress> => {
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    stream: stderr,
    format: `${label} {bar} {value}/{total} {note}`,
    barCompleteChar: "\u2588",
    barIncompleteChar: "\u2591",
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total, 0, { note: "" });
  return progressOf(
    (done, note) => bar.update(done, { note }),
    () => bar.stop(),
  );
};

const startLines = (label: string, total: number, { stderr, everyMs }: ProgressOptions): Progress => {
  let latest = { done: 0, note: "" };
  let shown = "";
  const timer = setInterval(() => {
    const line = `${label} ${latest.done}/${total} ${latest.note}`.trimEnd();
    if (line !== shown) stderr.write(`${line}\n`);
    shown = line;
  }, everyMs ?? EVERY_MS);
  return progressOf(
    (done, note) => {
      latest = { done, note };
    },
    () => clearInterval(timer),
  );
};

const progressOf = (update: (done: number, note: string) => void, stop: () => void): Progress => {
  let running = true;
  const stopOnce = (): void => {
    if (running) stop();
    running = false;
  };
  return {
    update: (done, note = "") => {
      if (running) update(done, note);
    },
    stop: stopOnce,
    [Symbol.dispose]: stopOnce,
  };
};
