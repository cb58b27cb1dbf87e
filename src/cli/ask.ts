import { createInterface } from "node:readline/promises";
import { IotbError } from "../domain/errors.js";
import type { GuardDecision } from "../domain/guards.js";
import type { CommandContext } from "./command.js";

/** Carries a guard's decision out: goes on, asks the person at the terminal, or throws `guard`. */
export const heed = async (decision: GuardDecision, { stdin, output, signal }: CommandContext): Promise<void> => {
  if (decision.kind === "go") return;
  if (decision.kind === "refuse") throw decision.error;
  output.error(decision.question.trimEnd());
  const line = createInterface({ input: stdin });
  try {
    const answer = await line.question("", { signal });
    if (answer.trim() === decision.expected) return;
  } finally {
    line.close();
  }
  throw new IotbError("guard", "not confirmed: that is not what was asked for", { hint: "nothing was sent" });
};
