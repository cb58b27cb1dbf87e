import type { ReportRun } from "../domain/report-run.js";
import { OutputFile } from "../files/output-file.js";
import { hgrmText, hlogText } from "../report/hdr-log.js";

/** Where the reports of a run go beside its directory; null where one is not wanted. */
export type RunOutputOptions = { readonly hdr: string | null };

/** A report of a run, from one record of it to the pieces of a file. */
type Render = (run: ReportRun) => Iterable<string>;

/** The form of an HDR file follows its name. */
const renderHdr = (path: string): Render =>
  path.endsWith(".hlog") ? ({ account }) => hlogText(account) : ({ account }) => [hgrmText(account)];

/** The files of a run's reports, opened before it begins. */
export class RunOutputs implements AsyncDisposable {
  readonly #files: readonly { readonly file: OutputFile; readonly render: Render }[];

  private constructor(files: readonly { readonly file: OutputFile; readonly render: Render }[]) {
    this.#files = files;
  }

  /** Throws `output-failed` for the first that cannot be written to. */
  static async open({ hdr }: RunOutputOptions): Promise<RunOutputs> {
    const wanted = [hdr === null ? null : { path: hdr, render: renderHdr(hdr) }].filter((output) => output !== null);
    const files: { file: OutputFile; render: Render }[] = [];
    try {
      for (const { path, render } of wanted) files.push({ file: await OutputFile.open(path), render });
    } catch (thrown) {
      for (const { file } of files) await file[Symbol.asyncDispose]();
      throw thrown;
    }
    return new RunOutputs(files);
  }

  /** Writes all of them; answers what failed. */
  async write(run: ReportRun): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    for (const { file, render } of this.#files) {
      await file.write(render(run)).catch((thrown: unknown) => failures.push(thrown));
    }
    return failures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { file } of this.#files) await file[Symbol.asyncDispose]();
  }
}
