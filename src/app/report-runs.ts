import type { ErrorCode } from "../domain/errors.js";
import type { ReportRun } from "../domain/report-run.js";
import type { Cause } from "../domain/verdict.js";
import { accountOf } from "./account-of.js";
import { judgeMerged, type ReportRules, type Runs } from "./judge-merged.js";
import { mergeRuns } from "./merge-runs.js";

/** What reports are made of, with what the exit code is made of. */
export type JudgedReport = {
  readonly run: ReportRun;
  readonly causes: readonly Cause[];
  readonly failures: readonly ErrorCode[];
};

/** One report of one or more recorded runs. Throws `usage` and `bad-input-file` where they cannot be merged or judged as one. */
export const reportRuns = (runs: Runs, rules: ReportRules): JudgedReport => {
  const merged = mergeRuns(runs);
  const { result, causes, failures } = judgeMerged(runs, merged, rules);
  const [first] = runs;
  return {
    run: {
      summary: result,
      account:
        runs.length === 1
          ? first.account
          : accountOf(merged.broadcasts, { addressOf: merged.addressOf, unixOf: (at) => at }),
      manifests: runs.map(({ manifest }) => manifest),
    },
    causes,
    failures,
  };
};
