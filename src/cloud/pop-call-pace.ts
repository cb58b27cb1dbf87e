import { setTimeout as wait } from "node:timers/promises";
import { IotbError } from "../domain/errors.js";
import { isLoopbackHost } from "../domain/target-host.js";
import type { PopClient } from "./pop-client.js";

/** Waits until the next call is due, at least `everyMs` after the start of the one before. */
export type CallPace = (everyMs: number, signal: AbortSignal) => Promise<void>;

/** Keeps calls below an account's quota, which all its users share; on this machine there is none to keep. */
export const createCallPace = (client: Pick<PopClient, "url">): CallPace => {
  const free = isLoopbackHost(client.url.hostname);
  let last = Number.NEGATIVE_INFINITY;
  return async (everyMs, signal) => {
    const left = last + everyMs - performance.now();
    if (!free && left > 0) {
      await wait(left, undefined, { signal }).catch(() => {
        throw new IotbError("interrupted", "stopped between two calls");
      });
    }
    last = performance.now();
  };
};
