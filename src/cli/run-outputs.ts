import type { ReportRun } from "../domain/report-run.js";
import { OutputFile } from "../files/output-file.js";
import type { ReportFormat, ReportPaths } from "./options/report-files.js";

/** A report that is asked for: its form and where it goes. */
export type WantedReport = { readonly format: ReportFormat; readonly path: string };

/** The reports that are asked for. */
export const wantedReports = (paths: ReportPaths): readonly WantedReport[] =>
  (Object.keys(paths) as ReportFormat[]).flatMap((format) => {
    const path = paths[format];
    return path === null ? [] : [{ format, path }];
  });

/** A run in one form, as pieces of a text. Each form is loaded when it is asked for. */
export const renderReport = async ({ format, path }: WantedReport, run: ReportRun): Promise<Iterable<string>> => {
  switch (format) {
    case "html":
      return [(await import("../report/html/render-html.js")).renderHtml(run)];
    case "junit":
      return [(await import("../report/render-junit.js")).renderJunit(run)];
    case "markdown":
      return [(await import("../report/render-markdown.js")).renderMarkdown(run)];
    case "prometheus":
      return [await (await import("../report/render-prometheus.js")).renderPrometheus(run)];
    case "csv":
      return [(await import("../report/render-csv.js")).renderCsv(run)];
    case "hdr": {
      const { hgrmText, hlogText } = await import("../report/hdr-log.js");
      // the form of an HDR file follows its name
      return path.endsWith(".hlog") ? hlogText(run.account) : [hgrmText(run.account)];
    }
  }
};

/** The files of a run's reports, opened before it begins. */
export class RunOutputs implements AsyncDisposable {
  readonly #files: readonly { readonly file: OutputFile; readonly wanted: WantedReport }[];

  private constructor(files: readonly { readonly file: OutputFile; readonly wanted: WantedReport }[]) {
    this.#files = files;
  }

  /** None may go to standard output. Throws `output-failed` for the first that cannot be written to. */
  static async open(reports: readonly WantedReport[]): Promise<RunOutputs> {
    const files: { file: OutputFile; wanted: WantedReport }[] = [];
    try {
      for (const wanted of reports) files.push({ file: await OutputFile.open(wanted.path), wanted });
    } catch (thrown) {
      for (const { file } of files) await file[Symbol.asyncDispose]();
      throw thrown;
    }
    return new RunOutputs(files);
  }

  /** Writes all of them; answers what failed. */
  async write(run: ReportRun): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    for (const { file, wanted } of this.#files) {
      await renderReport(wanted, run)
        .then((pieces) => file.write(pieces))
        .catch((thrown: unknown) => failures.push(thrown));
    }
    return failures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { file } of this.#files) await file[Symbol.asyncDispose]();
  }
}
