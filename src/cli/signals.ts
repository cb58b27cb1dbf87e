import { EXIT } from "./exit-codes.js";

/** The signals that ask a command to end. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** What tells of signals: `process`, or a test's emitter. */
export type SignalEmitter = {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  off(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
};

/** What a command is stopped by. */
export type Interruption = Disposable & {
  /** Aborted by the first signal, or by {@link Interruption.stop}: start nothing new, drain, report. */
  readonly signal: AbortSignal;
  /** Whether a signal came. */
  readonly interrupted: boolean;
  /** Aborts for another reason than a signal. */
  stop(reason: Error): void;
};

/** Turns the first Ctrl-C into an abort and the second into leaving at once with 130. */
export const listenForSignals = (
  emitter: SignalEmitter,
  onFirst: () => void,
  leave: (exitCode: number) => void,
): Interruption => {
  const controller = new AbortController();
  let interrupted = false;
  const onSignal = (): void => {
    if (interrupted) {
      leave(EXIT.interrupted);
    } else {
      interrupted = true;
      onFirst();
      controller.abort(new Error("interrupted"));
    }
  };
  for (const signal of SIGNALS) emitter.on(signal, onSignal);
  return {
    signal: controller.signal,
    get interrupted() {
      return interrupted;
    },
    stop: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) emitter.off(signal, onSignal);
    },
  };
};
