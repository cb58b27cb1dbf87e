import type { Publisher } from "../../src/app/ports.js";
import type { Acceptance, Broadcast } from "../../src/domain/broadcast.js";

/** A publisher that has nothing to make ready. */
export const publisherOf = (
  publish: (broadcast: Broadcast, signal: AbortSignal) => Promise<Acceptance>,
): Publisher => ({
  prepare: async (message, signal) => ({
    send: (dueAt) => publish({ ...message, dueAt }, signal),
    [Symbol.dispose]: () => undefined,
  }),
});

/** Makes one broadcast ready and sends it at once. */
export const publishBy = async (
  publisher: Publisher,
  { dueAt, ...message }: Broadcast,
  signal: AbortSignal,
): Promise<Acceptance> => {
  using ready = await publisher.prepare(message, signal);
  return await ready.send(dueAt);
};
