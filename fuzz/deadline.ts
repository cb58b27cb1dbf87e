import { createContext, Script } from "node:vm";

/** Calls `step` and ends it, wherever it is, after so many milliseconds; then an Error `ERR_SCRIPT_EXECUTION_TIMEOUT` is thrown. */
export type Deadline = (step: () => void, milliseconds: number) => void;

/** The one way in Node to get out of a loop that never ends, without a process of its own: a script's time limit. */
export const createDeadline = (): Deadline => {
  let current: () => void = () => undefined;
  const context = createContext({ step: () => current() });
  const script = new Script("step()");
  return (step, milliseconds) => {
    current = step;
    script.runInContext(context, { timeout: milliseconds });
  };
};

/** Whether a thrown value is the end of a {@link Deadline}. It comes from the script's own realm, where `Error` is another. */
export const isDeadlineOver = (thrown: unknown): boolean =>
  typeof thrown === "object" && thrown !== null && "code" in thrown && thrown.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
