import { IotbError } from "../../domain/errors.js";
import { parseDuration, parseShare } from "../../domain/units.js";
import { defineCommand } from "../command.js";
import { anyText, optional, repeated, under } from "../flag.js";
import { parseReportPaths, REPORT_FILE_FLAGS } from "../options/report-files.js";

const REPORT_FLAGS = {
  ...REPORT_FILE_FLAGS,
  ...under("Judgement, instead of the runs' own:", {
    thresholds: repeated({
      name: "threshold",
      argument: "EXPR",
      help: "'p99<500ms', 'coverage(99%)<2s', 'missing==0' … (repeatable)",
      read: anyText,
    }),
    allowExcused: optional({
      name: "allow-excused",
      argument: "N|%",
      help: "how many deliveries may be lost to connections that ended",
      read: parseShare,
    }),
    clockUncertainty: optional({
      name: "clock-uncertainty",
      argument: "D",
      help: "how far the clocks of two hosts may be apart",
      read: (text: string) => parseDuration(text),
    }),
  }),
};

/** `iotb report` */
export const reportCommand = defineCommand({
  path: "report",
  summary: "show recorded runs again, several merged into one",
  arguments: [{ form: "<dir...>", help: "run directories, of measure --out; - as a FILE is standard output" }],
  flags: REPORT_FLAGS,
  examples: [
    "iotb report run-1 --html report.html --junit junit.xml",
    "iotb report shard-1 shard-2 shard-3 --threshold 'p99<500ms'",
    "iotb report run-1 --markdown -",
  ],
  run: async (directories, flags, context) => {
    const { values } = flags;
    const reports = parseReportPaths(flags);
    if (context.output.mode.json && Object.values(reports).includes("-")) {
      throw new IotbError("usage", "--json and a report to - contradict each other: both are standard output");
    }
    const { runReport } = await import("./run-report.js");
    const { thresholds, allowExcused, clockUncertainty } = values;
    return runReport({ directories, reports, thresholds, allowExcused, clockUncertainty }, context);
  },
});
