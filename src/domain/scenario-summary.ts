import type { FanoutDigest } from "./fanout.js";
import { SCENARIO_REASON, type Scenario, type ScenarioKind, takenBy } from "./scenario.js";
import type { SettledBroadcast } from "./summary.js";
import { type Micros, toMillis } from "./time.js";
import { shareOf } from "./units.js";

/** A run's scenario as results show it. */
export type ScenarioSummary = {
  readonly kind: ScenarioKind;
  /** Devices that it chose for each broadcast. */
  readonly devices: number;
  /** When it began, from the moment a broadcast was due; negative is before. */
  readonly atMs: number;
  /** Of the total's excused those whose connections it ended itself. */
  readonly excused: number;
  /** One for each broadcast that is no warm-up. */
  readonly turns: readonly {
    readonly messageId: string;
    /** Devices that were online and taken; null where the run was stopped before. */
    readonly taken: number | null;
    /** When the last of them had lost its connection or began to come back, from the broadcast's due time. */
    readonly lastMs: number | null;
    readonly excused: number;
    readonly latecomers: number;
    /** Of the broadcast's excused and latecomers those that the turn had not chosen. */
    readonly others: number;
  }[];
};

/** A broadcast with what its turn came to. */
type TurnedBroadcast = SettledBroadcast & {
  readonly turn?: { readonly taken: number; readonly lastAt: Micros | null } | null;
};

/** Excused devices whose connection the run's own scenario ended. */
const cutOff = ({ excused }: Pick<FanoutDigest, "excused">): number =>
  excused.filter(({ reason }) => reason === SCENARIO_REASON).length;

/** What a scenario did, over a fleet of so many devices. */
export const summarizeScenario = (
  scenario: Scenario,
  fleet: number,
  broadcasts: readonly TurnedBroadcast[],
): ScenarioSummary => {
  const devices = Math.min(fleet, shareOf(scenario.share, fleet));
  const turns = broadcasts
    .filter(({ warmup }) => !warmup)
    .map(({ dueAt, digest, turn }, number) => {
      const isChosen = takenBy({ number, fleet, devices });
      const seen = [...digest.excused.map(({ device }) => device), ...digest.latecomers];
      return {
        messageId: digest.messageId,
        taken: turn?.taken ?? null,
        lastMs: turn?.lastAt == null ? null : toMillis(Math.round(turn.lastAt - dueAt)),
        excused: cutOff(digest),
        latecomers: digest.latecomers.length,
        others: seen.filter((device) => !isChosen(device)).length,
      };
    });
  return {
    kind: scenario.kind,
    devices,
    atMs: toMillis(scenario.at),
    excused: turns.reduce((sum, { excused }) => sum + excused, 0),
    turns,
  };
};
