import type { IotbError } from "../domain/errors.js";
import type { Cause, CauseKind } from "../domain/verdict.js";
import { EXIT, type ExitCode, exitCodeOf, strongestExitCode } from "./exit-codes.js";

const CODE_OF_CAUSE: Readonly<Record<CauseKind, ExitCode>> = {
  interrupted: EXIT.interrupted,
  error: EXIT.unexpected,
  invalid: EXIT.invalidRun,
  delivery: EXIT.deliveryIncomplete,
  threshold: EXIT.thresholdFailed,
};

/** The exit code of a judged run; an error's own code stands for it, and `lost` are errors beside the one that ended it. */
export const exitOfRun = (
  causes: readonly Cause[],
  failure: IotbError | null,
  lost: readonly IotbError[] = [],
): ExitCode =>
  strongestExitCode([
    ...causes.map(({ kind }) =>
      kind === "error" && failure !== null ? exitCodeOf(failure.code) : CODE_OF_CAUSE[kind],
    ),
    ...lost.map(({ code }) => exitCodeOf(code)),
  ]);
