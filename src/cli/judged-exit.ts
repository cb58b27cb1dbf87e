import type { ErrorCode, IotbError } from "../domain/errors.js";
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
    exitOfRuns(causes, failure === null ? [] : [failure.code]),
    ...lost.map(({ code }) => exitCodeOf(code)),
  ]);

/** The exit code of runs that were judged as one; `failures` are the errors behind their causes of the kind `error`. */
export const exitOfRuns = (causes: readonly Cause[], failures: readonly ErrorCode[]): ExitCode =>
  strongestExitCode(
    causes.flatMap(({ kind }) =>
      kind === "error" && failures.length > 0 ? failures.map(exitCodeOf) : [CODE_OF_CAUSE[kind]],
    ),
  );
