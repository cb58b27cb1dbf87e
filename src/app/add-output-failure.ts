import type { IotbError } from "../domain/errors.js";
import { type Cause, verdictOf } from "../domain/verdict.js";
import type { JudgedResult } from "./judge-run.js";

/** A result of which something could not be written down: the run was measured all the same, and the failure is one of its causes. */
export const addOutputFailure = ({ result, causes, failure }: JudgedResult, lost: IotbError): JudgedResult => {
  const cause: Cause = { kind: "error", text: lost.message };
  const before = causes.filter(({ kind }) => kind === "interrupted" || kind === "error");
  const all = [...before, cause, ...causes.slice(before.length)];
  return {
    causes: all,
    failure: failure ?? lost,
    result: {
      ...result,
      verdict: verdictOf(all),
      causes: all.map(({ text }) => text),
      causeKinds: all.map(({ kind }) => kind),
      failure: result.failure ?? lost.code,
    },
  };
};
