import { EXIT } from "./exit-codes.js";

/** The signals that ask a command to end. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The signals that a command which runs another one hands on to it: those above, and that of a terminal that went away. */
const DIVERTED_SIGNALS = [...SIGNALS, "SIGHUP"] as const;

/** A signal that can be handed on. */
export type DivertedSignal = (typeof DIVERTED_SIGNALS)[number];

/** What tells of signals: `process`, or a test's emitter. */
export type SignalEmitter = {
  on(signal: DivertedSignal, listener: () => void): unknown;
  off(signal: DivertedSignal, listener: () => void): unknown;
};

/** What a command is stopped by. */
export type Interruption = Disposable & {
  /** Aborted by the first signal, or by {@link Interruption.stop}: start nothing new, drain, report. */
  readonly signal: AbortSignal;
  /** Whether a signal came. */
  readonly interrupted: boolean;
  /** Aborts for another reason than a signal. */
  stop(reason: Error): void;
  /** Until disposed of, signals go to `handler` and to nothing else: they end what this process runs, not this process. */
  divert(handler: (signal: DivertedSignal) => void): Disposable;
};

/** Turns the first Ctrl-C into an abort and the second into leaving at once with 130. */
export const listenForSignals = (
  emitter: SignalEmitter,
  onFirst: () => void,
  leave: (exitCode: number) => void,
): Interruption => {
  const controller = new AbortController();
  let interrupted = false;
  let diverted = false;
  const onSignal = (): void => {
    if (diverted) return;
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
    divert: (handler) => {
      const listeners = DIVERTED_SIGNALS.map((name) => ({ name, listener: () => handler(name) }));
      diverted = true;
      for (const { name, listener } of listeners) emitter.on(name, listener);
      return {
        [Symbol.dispose]: () => {
          diverted = false;
          for (const { name, listener } of listeners) emitter.off(name, listener);
        },
      };
    },
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) emitter.off(signal, onSignal);
    },
  };
};
