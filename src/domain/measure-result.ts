import type { CalibrationSummary } from "./calibration.js";
import type { ErrorCode } from "./errors.js";
import type { GeneratorSummary } from "./generator.js";
import type { ScenarioSummary } from "./scenario-summary.js";
import type { BroadcastSummary, TotalSummary } from "./summary.js";
import type { ThresholdResult } from "./threshold.js";
import type { Share } from "./units.js";
import type { CauseKind, Verdict } from "./verdict.js";

/** What was measured, in words and addresses that hold no secret. */
export type TargetSummary = {
  /** `recorded`: files of earlier runs, which do not say what they were aimed at. */
  readonly kind: "local" | "alicloud" | "broker" | "recorded";
  readonly productKey: string | null;
  readonly topicFullName: string | null;
  readonly instanceId: string | null;
  readonly endpoint: string | null;
  readonly hosts: readonly string[];
};

/** The fleet's part of the result; null where files were measured and nobody was connected. */
export type FleetSummary = {
  readonly requested: number;
  readonly online: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly connectMs: Readonly<Record<"p50" | "p99" | "max", number | null>>;
  /** Devices per second, from the first attempt to the last device online. */
  readonly connectRate: number | null;
  readonly processes: number;
  /** Devices online again after a connection that ended. */
  readonly reconnects: number;
  /** Telemetry messages that devices sent. */
  readonly published: number;
};

/** A device that was late, on average over the broadcasts that reached it. */
export type LateDevice = {
  readonly productKey: string;
  readonly deviceName: string;
  readonly broadcasts: number;
  readonly meanMs: number;
  readonly maxMs: number;
};

/** What a run was judged by, beside its thresholds. */
export type JudgementRules = {
  readonly allowExcused: Share;
  /** Whether what its own scenario cut off is not held against it. */
  readonly scenarioForgiven: boolean;
};

/** The excused deliveries of a run that its rules do not count. */
export const forgivenExcused = ({ rules, scenario }: Pick<MeasureResult, "rules" | "scenario">): number =>
  rules.scenarioForgiven ? (scenario?.excused ?? 0) : 0;

/** The result of a run: the document of `iotb measure --json`. */
export type MeasureResult = {
  readonly schema: "iotb.measure/1";
  readonly verdict: Verdict;
  readonly target: TargetSummary;
  readonly fleet: FleetSummary | null;
  /** Null where none was asked for; left out where it is not known. */
  readonly scenario?: ScenarioSummary | null;
  readonly broadcasts: readonly BroadcastSummary[];
  readonly total: TotalSummary & {
    /** Receipts whose id belongs to no broadcast of this run. */
    readonly foreign: number;
    readonly foreignIds: readonly string[];
    /** Receipts of the run's broadcasts that came after they had settled. */
    readonly afterSettling: number;
    readonly ambiguous: number;
    /** The devices that were the latest on average over the timed broadcasts, the latest first; where there were two or more. */
    readonly latestDevices: readonly LateDevice[];
  };
  readonly generator: GeneratorSummary | null;
  /** Null where none was asked for. */
  readonly calibration: CalibrationSummary | null;
  readonly clock: { readonly uncertaintyMs: number | null } | null;
  readonly thresholds: readonly ThresholdResult[];
  readonly warnings: readonly string[];
  readonly causes: readonly string[];
  /** The kind of each cause, in their order: what the exit code follows from. */
  readonly causeKinds: readonly CauseKind[];
  /** The error that ended the run early; null where none did. */
  readonly failure: ErrorCode | null;
  /** What it was judged by beside the thresholds, so that it can be judged again together with other runs. */
  readonly rules: JudgementRules;
};
