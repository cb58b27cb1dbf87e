import type { MeasureResult } from "./measure-result.js";
import type { RunAccount, RunManifest } from "./run-record.js";

/** A run, of one directory or several merged, as reports are made of it. */
export type ReportRun = {
  readonly summary: MeasureResult;
  /** The names of all devices of each kind, and what plots are made from. */
  readonly account: RunAccount;
  /** One for each directory. */
  readonly manifests: readonly RunManifest[];
};
