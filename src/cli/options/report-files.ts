import { resolve } from "node:path";
import { IotbError } from "../../domain/errors.js";
import { anyText, optional, under } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";

const file = (name: string, what: string) => optional({ name, argument: "FILE", help: what, read: anyText });

/** The flags that name files for reports. */
export const REPORT_FILE_FLAGS = under("Reports:", {
  html: file("html", "one self-contained page"),
  junit: file("junit", "JUnit XML, for CI"),
  markdown: file("markdown", "Markdown, for a merge request"),
  prometheus: file("prometheus", "Prometheus' text format"),
  csv: file("csv", "CSV, a row a broadcast"),
  hdr: file("hdr", "latencies as HdrHistogram's percentiles; as an interval log where FILE ends in .hlog"),
});

/** The forms of a report. */
export type ReportFormat = keyof typeof REPORT_FILE_FLAGS;

/** Where each report goes; null where it is not wanted. `-` is standard output. */
export type ReportPaths = Readonly<Record<ReportFormat, string | null>>;

/** Reads which reports are asked for. Throws `usage` where two would go to one place. */
export const parseReportPaths = ({ values }: Resolved<typeof REPORT_FILE_FLAGS>): ReportPaths => {
  const { html, junit, markdown, prometheus, csv, hdr } = values;
  const paths: ReportPaths = { html, junit, markdown, prometheus, csv, hdr };
  const taken = new Map<string, string>();
  for (const [format, path] of Object.entries(paths)) {
    if (path === null) continue;
    const place = path === "-" ? path : resolve(path);
    const before = taken.get(place);
    if (before !== undefined) throw new IotbError("usage", `--${before} and --${format} name the same file: ${path}`);
    taken.set(place, format);
  }
  return paths;
};

/** As {@link parseReportPaths}, for a command whose standard output is taken. Throws `usage` for `-` too. */
export const parseReportFiles = (flags: Resolved<typeof REPORT_FILE_FLAGS>): ReportPaths => {
  const paths = parseReportPaths(flags);
  for (const [format, path] of Object.entries(paths)) {
    if (path !== "-") continue;
    throw new IotbError("usage", `--${format} -: standard output is for the result`, {
      hint: "name a file, or keep the run with --out DIR and use iotb report DIR",
    });
  }
  return paths;
};
