import type { Line } from "./backplane.js";

/**
 * A child process's line to the process that started it. When that one is gone, `onEnd` is called: a child never outlives its
 * parent. Signals of the terminal (Ctrl-C reaches every process of a group) are the parent's to answer and are ignored here.
 */
export const parentLine = <In, Out>(onEnd: () => void): Line<In, Out> => {
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.once("disconnect", onEnd);
  return {
    send: (message) => {
      // a parent that has just gone is dealt with by `disconnect`; the error of this one send says nothing more
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (handler) => {
      process.on("message", (message) => handler(message as In));
    },
  };
};
