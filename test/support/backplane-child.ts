import { parentLine } from "../../src/backplane/ipc.js";
import { startProcess } from "../../src/backplane/process-pool.js";

/** What the child is asked to do. */
export type ChildRequest = { readonly kind: "echo"; readonly value: unknown } | { readonly kind: "start-own-child" };

/** What it answers. */
export type ChildAnswer =
  | { readonly kind: "echo"; readonly value: unknown }
  | { readonly kind: "own-child"; readonly pid: number };

// A child of the tests: says back what it hears, or starts one like itself.
const line = parentLine<ChildRequest, ChildAnswer>(() => {
  process.removeAllListeners("message");
});

line.onMessage((request) => {
  if (request.kind === "echo") line.send({ kind: "echo", value: request.value });
  if (request.kind === "start-own-child") {
    void startProcess<ChildAnswer, ChildRequest>({ entry: new URL(import.meta.url) }).then(({ pid }) => {
      line.send({ kind: "own-child", pid });
    });
  }
});
