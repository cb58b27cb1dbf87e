import { startChild } from "./child.js";

/** What the crowd's process is told first. */
export type CrowdOrder = { readonly port: number; readonly connections: number; readonly mostReconnects: number };

/** What it answers when all are open for the first time, and to each later message. */
export type CrowdState = { readonly open: number; readonly reconnects: number };

/** Connections that never log in, in a process of their own. */
export type IdleCrowd = AsyncDisposable & { state(): Promise<CrowdState> };

/** Opens the connections; resolves when all of them were open at once. */
export const startIdleCrowd = async (order: CrowdOrder): Promise<IdleCrowd> => {
  const child = startChild("idle-crowd");
  try {
    const opened = child.next();
    child.send(order);
    await opened;
  } catch (thrown) {
    await child[Symbol.asyncDispose]();
    throw thrown;
  }
  return {
    state: async () => {
      const answer = child.next();
      child.send({});
      return (await answer) as CrowdState;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(child[Symbol.asyncDispose]()),
  };
};
