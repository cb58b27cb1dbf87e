import type { ArrivalBins } from "./arrival-bins.js";
import type { DeviceAddress } from "./device.js";
import type { HistogramSnapshot } from "./histogram.js";
import type { MeasureResult } from "./measure-result.js";
import type { AccountCounts, ExpectedBasis } from "./summary.js";

/** The files of a run directory. The manifest is written last: a directory without it is not a whole run. */
export const RUN_FILES = {
  manifest: "manifest.json",
  summary: "summary.json",
  account: "account.json",
  missing: "missing.csv",
  excused: "excused.csv",
  strays: "strays.csv",
  receipts: "receipts.ndjson.gz",
  broadcasts: "broadcasts.ndjson",
  hlog: "latency.hlog",
  hgrm: "latency.hgrm",
  log: "log.txt",
} as const;

/** What a written file must be: its length and the SHA-256 of its bytes, lower-case hex. */
export type FileSeal = { readonly bytes: number; readonly sha256: string };

/**
 * How a run was set up, as far as it is known: what is left out was not recorded, null is none. Runs that differ in any of it cannot
 * be compared by their times.
 */
export type RunSetup = {
  readonly payloadBytes?: number;
  readonly qos?: number;
  /** The URL schemes of the MQTT endpoints, `mqtt` or `mqtts wss`, say. */
  readonly transport?: string;
  readonly engine?: string;
  /** Null: the next broadcast was due after the former had settled. */
  readonly intervalMs?: number | null;
  /** As `--fault`, `--quota`, `--churn` and the like were written. */
  readonly faults?: string | null;
  readonly quota?: string | null;
  readonly churn?: string | null;
  readonly telemetry?: string | null;
  readonly scenario?: string | null;
};

/** `manifest.json`: what was run, by what, on what, and the seals of all other files. Holds no secret. */
export type RunManifest = {
  readonly schema: "iotb.run/1";
  readonly iotb: string;
  /** The command line with secrets masked. */
  readonly command: readonly string[];
  /** Unix µs. */
  readonly startedAtUs: number;
  readonly endedAtUs: number;
  readonly host: {
    readonly bootId: string;
    readonly platform: string;
    readonly kernel: string;
    readonly node: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly openFileLimit: number | null;
  };
  /** What a run with the same dice needs; null where no dice were thrown. */
  readonly seeds: { readonly faults: number | null; readonly devices: string | null };
  /** What shapes the times beside fleet and target; left out by runs that do not know it. */
  readonly setup?: RunSetup;
  readonly files: Readonly<Record<string, FileSeal>>;
  /** SHA-256 over the sorted lines `sha256  name` of `files`, as `sha256sum` writes them: names the whole run. */
  readonly hash: string;
};

/** One broadcast in a form that merges exactly with that of other shards. Times are Unix µs. */
export type AccountRecord = {
  readonly messageId: string;
  readonly warmup: boolean;
  readonly basis: ExpectedBasis;
  readonly dueAtUs: number;
  readonly sentAtUs: number;
  readonly acceptedAtUs: number;
  /** First and last receipt of the delivered; null where nothing was delivered. */
  readonly firstAtUs: number | null;
  readonly lastAtUs: number | null;
  readonly counts: AccountCounts & { readonly ambiguous: number };
  readonly incomplete: boolean;
  readonly latency: HistogramSnapshot;
  readonly negative: HistogramSnapshot;
  readonly arrivals: ArrivalBins;
  readonly devices: {
    readonly missing: readonly MissingEntry[];
    readonly excused: readonly ExcusedEntry[];
    readonly strays: readonly DeviceAddress[];
    readonly duplicates: readonly DeviceAddress[];
    readonly latecomers: readonly DeviceAddress[];
    readonly corrupt: readonly DeviceAddress[];
  };
};

/** A device that missed a broadcast, and what is known of it. Unix µs. */
export type MissingEntry = DeviceAddress & {
  readonly onlineSinceUs: number | null;
  readonly lastReceiptAtUs: number | null;
};

/** A device whose connection ended before the broadcast settled. */
export type ExcusedEntry = DeviceAddress & {
  readonly endedAtUs: number;
  readonly reason: string;
  readonly closedBy: string;
};

/** `account.json`: everything that a report shows and that merges. */
export type RunAccount = {
  readonly schema: "iotb.account/1";
  readonly broadcasts: readonly AccountRecord[];
};

/** A whole run, as read from its directory. */
export type RecordedRun = {
  /** The directory's name as it was given. */
  readonly name: string;
  readonly manifest: RunManifest;
  readonly summary: MeasureResult;
  readonly account: RunAccount;
};
