import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** Longer than any answer takes: a benchmark that hangs says so, ms. */
const ANSWER_TIMEOUT_MS = 60_000;

/** A process of the benchmark. */
export type Child = AsyncDisposable & {
  send(message: object): void;
  /** The next message; ask before what causes it is sent. Fails where the process ends first, or after a minute. */
  next(): Promise<unknown>;
};

/** Starts `processes/<name>.js` with an IPC line. Disposing closes the line, at which the child leaves, and waits for that. */
export const startChild = (name: string, nodeFlags: readonly string[] = []): Child => {
  const child: ChildProcess = fork(new URL(`./processes/${name}.js`, import.meta.url), {
    execArgv: [...nodeFlags],
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  return {
    send: (message) => {
      child.send(message);
    },
    next: async () => {
      const answered = new AbortController();
      const message = once(child, "message", {
        signal: AbortSignal.any([answered.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      });
      const gone = ended.then(() => Promise.reject(new Error(`${name}: the process ended early`)));
      try {
        const [answer]: unknown[] = await Promise.race([message, gone]);
        return answer;
      } finally {
        answered.abort();
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};
