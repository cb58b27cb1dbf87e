import { accountOf, type Naming } from "../app/account-of.js";
import { addOutputFailure } from "../app/add-output-failure.js";
import type { JudgedResult } from "../app/judge-run.js";
import type { DeviceRoster } from "../domain/device-roster.js";
import { IotbError, reasonOf } from "../domain/errors.js";
import type { LogRecord } from "../domain/log-records.js";
import { RUN_FILES, type RunAccount, type RunManifest, type RunSetup } from "../domain/run-record.js";
import type { SettledBroadcast } from "../domain/summary.js";
import type { ClockAnchor } from "../domain/time.js";
import { readBootId } from "../files/boot-id.js";
import { hostFacts } from "../files/host-facts.js";
import { hashOfSeals } from "../files/run-hash.js";
import { RunReceipts } from "../files/run-receipts.js";
import { createRunDirectory, type ManifestFacts, type RunWriter } from "../files/run-writer.js";
import type { SealedFile } from "../files/sealed-file.js";
import { excusedCsv, missingCsv, straysCsv } from "../report/device-csv.js";
import { hgrmText, hlogText } from "../report/hdr-log.js";
import type { CommandContext } from "./command.js";
import type { KeptCommandLine } from "./command-line.js";
import type { ReportPaths } from "./options/report-files.js";
import { RunLog } from "./run-log.js";
import { RunOutputs, wantedReports } from "./run-outputs.js";
import { type RecordedMessage, RunRecording } from "./run-recording.js";
import { readVersion } from "./version.js";

/** What is to be kept of a measurement. */
export type MeasureRecordOptions = {
  /** The run directory, or null. */
  readonly out: string | null;
  /** Files only: standard output is for the result. */
  readonly reports: ReportPaths;
};

/** What a measurement came to. */
export type MeasuredRun = Naming & {
  readonly judged: JudgedResult;
  readonly broadcasts: readonly SettledBroadcast[];
  /** The lines of the broadcast log. */
  readonly calls: readonly LogRecord[];
};

/**
 * What is kept of a measurement: its run directory and the reports beside it. Opened before anything is started or sent, so that
 * a place that cannot be written to costs no run; what fails later is added to the result as a cause, and the run goes on.
 */
export class MeasureRecord implements AsyncDisposable {
  /** The context of the command, whose lines on stderr are logged too. */
  readonly context: CommandContext;
  readonly #writer: RunWriter | null;
  readonly #log: RunLog | null;
  readonly #outputs: RunOutputs;
  readonly #command: KeptCommandLine;
  readonly #startedAtUs = Date.now() * 1000;
  readonly #startedAt = performance.now();
  #recorded: { readonly recording: RunRecording; readonly file: SealedFile } | null = null;
  #faultSeed: number | null = null;
  #setup: RunSetup | null = null;
  readonly #failures: IotbError[] = [];

  private constructor(
    context: CommandContext,
    writer: RunWriter | null,
    outputs: RunOutputs,
    command: KeptCommandLine,
  ) {
    this.#writer = writer;
    this.#outputs = outputs;
    this.#command = command;
    this.#log = writer === null ? null : new RunLog(writer.log);
    this.context = this.#log === null ? context : { ...context, output: this.#log.tap(context.output) };
    this.#log?.add([command.words.join(" "), ...command.origins].join("\n"));
    context.signal.addEventListener("abort", () => this.#log?.add("stopping"), { once: true });
  }

  /** Opens what is asked for; null where nothing is. Throws `output-failed`. */
  static async open(
    { out, reports }: MeasureRecordOptions,
    command: KeptCommandLine,
    context: CommandContext,
  ): Promise<MeasureRecord | null> {
    const wanted = wantedReports(reports);
    if (out === null && wanted.length === 0) return null;
    const outputs = await RunOutputs.open(wanted);
    try {
      return new MeasureRecord(context, out === null ? null : await createRunDirectory(out), outputs, command);
    } catch (thrown) {
      await outputs[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** Begins to record what devices see, where there is a directory for it; else answers null. Throws `output-failed`. */
  async recordLive(
    message: RecordedMessage & { readonly faultSeed: number | null; readonly setup: RunSetup },
    devices: DeviceRoster,
    anchor: ClockAnchor,
  ): Promise<RunRecording | null> {
    this.#faultSeed = message.faultSeed;
    this.#setup = message.setup;
    if (this.#writer === null) return null;
    const { output } = this.context;
    const file = await this.#writer.begin(RUN_FILES.receipts, { gzip: true });
    const receipts = new RunReceipts({
      file,
      devices,
      anchor,
      onCrowded: () =>
        output.note(
          "warning: more receipts wait than memory is set aside for: the run directory is written while broadcasts are in flight",
        ),
      onFailure: ({ message: why }) => output.note(`warning: the run directory cannot be written any more: ${why}`),
    });
    const recording = new RunRecording(receipts, anchor, message);
    this.#recorded = { recording, file };
    return recording;
  }

  /** What could not be written. */
  get failures(): readonly IotbError[] {
    return this.#failures;
  }

  /** Writes all that is kept. What fails is a cause of the result that it answers. */
  async complete(run: MeasuredRun): Promise<JudgedResult> {
    const account = accountOf(run.broadcasts, run);
    const facts = await this.#manifestFacts();
    let manifest: RunManifest = { schema: "iotb.run/1", ...facts, files: {}, hash: hashOfSeals({}) };
    try {
      if (this.#writer !== null) manifest = await this.#writeDirectory(this.#writer, run, account, facts);
    } catch (thrown) {
      this.#failures.push(notWhole(thrown));
    }
    const { result } = this.#failures.reduce(addOutputFailure, run.judged);
    const lost = await this.#outputs.write({ summary: result, account, manifests: [manifest] });
    this.#failures.push(...lost.map(asOutputFailure));
    return this.#failures.reduce(addOutputFailure, run.judged);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recorded?.recording.end().catch(() => undefined);
    await this.#log?.flushed().catch(() => undefined);
    await this.#writer?.[Symbol.asyncDispose]();
    await this.#outputs[Symbol.asyncDispose]();
  }

  async #writeDirectory(
    writer: RunWriter,
    { judged, calls }: MeasuredRun,
    account: RunAccount,
    facts: ManifestFacts,
  ): Promise<RunManifest> {
    writer.keep();
    if (this.#recorded !== null) {
      await this.#recorded.recording.end();
      await writer.seal(this.#recorded.file);
    }
    await writer.write(RUN_FILES.broadcasts, jsonLines(calls));
    await writer.write(RUN_FILES.summary, [`${JSON.stringify(judged.result, null, 2)}\n`]);
    await writer.write(RUN_FILES.account, accountJson(account));
    await writer.write(RUN_FILES.missing, missingCsv(account));
    await writer.write(RUN_FILES.excused, excusedCsv(account));
    await writer.write(RUN_FILES.strays, straysCsv(account));
    await writer.write(RUN_FILES.hlog, hlogText(account));
    await writer.write(RUN_FILES.hgrm, [hgrmText(account)]);
    await this.#log?.flushed();
    return writer.complete(facts);
  }

  async #manifestFacts(): Promise<ManifestFacts> {
    return {
      iotb: readVersion(),
      command: this.#command.words,
      startedAtUs: this.#startedAtUs,
      // by the clock that nobody sets
      endedAtUs: this.#startedAtUs + Math.round((performance.now() - this.#startedAt) * 1000),
      host: await hostFacts(readBootId()),
      // made-up devices follow from a seed that their secrets follow from, too: it is kept nowhere
      seeds: { faults: this.#faultSeed, devices: null },
      ...(this.#setup === null ? {} : { setup: this.#setup }),
    };
  }
}

function* jsonLines(records: readonly LogRecord[]): Generator<string> {
  for (const record of records) yield `${JSON.stringify(record)}\n`;
}

/** The account broadcast by broadcast: with all devices of a large fleet it is too long for one text. */
function* accountJson({ schema, broadcasts }: RunAccount): Generator<string> {
  yield `{"schema":${JSON.stringify(schema)},"broadcasts":[`;
  for (const [i, broadcast] of broadcasts.entries()) yield `${i === 0 ? "\n" : ",\n"}${JSON.stringify(broadcast)}`;
  yield "\n]}\n";
}

const asOutputFailure = (thrown: unknown): IotbError =>
  thrown instanceof IotbError ? thrown : new IotbError("output-failed", reasonOf(thrown), { cause: thrown });

const notWhole = (thrown: unknown): IotbError =>
  new IotbError("output-failed", `the run directory is not whole: ${asOutputFailure(thrown).message}`, {
    hint: "make room, or name another place: --out DIR; the result above stands, the directory does not",
    cause: thrown,
  });
