import { parentLine } from "../../backplane/ipc.js";
import { startNullFanOut } from "../../calibration/null-fan-out.js";
import { reasonOf } from "../../domain/errors.js";

/** What a process of the null fan-out hears: the word to broadcast, once it is ready. */
export type NullFanOutMessage = { readonly kind: "broadcast"; readonly messageId: string; readonly body: Uint8Array };

/** What it says: where it listens, once; then to how many devices each broadcast was written. */
export type NullFanOutReport =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "sent"; readonly messageId: string; readonly devices: number };

const starting = startNullFanOut();

const line = parentLine<NullFanOutMessage, NullFanOutReport>(() => {
  void starting
    .then(
      (fanOut) => fanOut[Symbol.asyncDispose](),
      () => undefined,
    )
    .finally(() => process.removeAllListeners("message"));
});

starting.then(
  (fanOut) => {
    line.onMessage(({ messageId, body }) => {
      line.send({ kind: "sent", messageId, devices: fanOut.broadcast(messageId, body) });
    });
    line.send({ kind: "ready", port: fanOut.port });
  },
  (thrown: unknown) => line.send({ kind: "failed", message: reasonOf(thrown) }),
);
