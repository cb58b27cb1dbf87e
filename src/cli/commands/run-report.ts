import { reportRuns } from "../../app/report-runs.js";
import { IotbError } from "../../domain/errors.js";
import type { MeasureResult } from "../../domain/measure-result.js";
import type { RecordedRun } from "../../domain/run-record.js";
import { parseThreshold } from "../../domain/threshold.js";
import type { Micros } from "../../domain/time.js";
import type { Share } from "../../domain/units.js";
import { readRunDirectory } from "../../files/run-directory.js";
import { writePieces } from "../../files/write-pieces.js";
import { broadcastHeading, broadcastLine, fleetLine } from "../../report/measure-text.js";
import type { CommandContext } from "../command.js";
import { type ExitCode, exitCodeOf, strongestExitCode } from "../exit-codes.js";
import { exitOfRuns } from "../judged-exit.js";
import type { ReportPaths } from "../options/report-files.js";
import type { Output } from "../output.js";
import { printFailure } from "../print-error.js";
import { resultText } from "../result-text.js";
import { RunOutputs, renderReport, wantedReports } from "../run-outputs.js";
import { escapeWithin } from "../terminal.js";

/** What `iotb report` is asked to do. */
export type ReportOptions = {
  /** At least one. */
  readonly directories: readonly string[];
  readonly reports: ReportPaths;
  /** Expressions as written; none: those of the runs. */
  readonly thresholds: readonly string[];
  /** Null: what the runs allowed. */
  readonly allowExcused: Share | null;
  readonly clockUncertainty: Micros | null;
};

/** The name in messages of what goes to standard output. */
const STDOUT_NAME = "(stdout)";

/** Reads the runs, merges them, prints what `measure` would, writes the reports; the exit code is that of the judgement. */
export const runReport = async (options: ReportOptions, { output, signal }: CommandContext): Promise<ExitCode> => {
  const { directories, reports, allowExcused, clockUncertainty } = options;
  const thresholds = options.thresholds.length === 0 ? null : options.thresholds.map(parseThreshold);
  const wanted = wantedReports(reports);
  const toStdout = wanted.find(({ path }) => path === "-");
  await using outputs = await RunOutputs.open(wanted.filter((report) => report !== toStdout));
  const [firstName = "", ...otherNames] = directories;
  const first = await readRunDirectory(firstName);
  const others: RecordedRun[] = [];
  for (const name of otherNames) {
    signal.throwIfAborted();
    others.push(await readRunDirectory(name));
  }
  const { run, causes, failures } = reportRuns([first, ...others], { thresholds, allowExcused, clockUncertainty });
  output.json(run.summary);
  if (toStdout === undefined) output.result(textOf(run.summary, output));
  else await writePieces(output.stdout, STDOUT_NAME, await renderReport(toStdout, run), signal);
  const codes = [exitOfRuns(causes, failures)];
  for (const lost of await outputs.write(run)) {
    if (!(lost instanceof IotbError)) throw lost;
    // the result stands all the same, and with --json its document is the only one
    printFailure(lost, output);
    codes.push(exitCodeOf(lost.code));
  }
  return strongestExitCode(codes);
};

/** The lines that `measure` prints, but for how long the fleet took. */
const textOf = (summary: MeasureResult, output: Output): string => {
  const paint = output.paint.out;
  const { fleet, broadcasts } = escapeWithin(summary);
  return [
    ...(fleet === null ? [] : [fleetLine(paint, fleet, null)]),
    broadcastHeading(paint),
    ...broadcasts.map((broadcast, i) => broadcastLine(paint, broadcast, i + 1)),
    resultText(paint, summary, null),
  ].join("\n");
};
