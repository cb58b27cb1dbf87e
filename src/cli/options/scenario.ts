import { IotbError } from "../../domain/errors.js";
import { parseMoment, parseScenario, type Scenario, scenarioOf } from "../../domain/scenario.js";
import type { Micros } from "../../domain/time.js";
import { type Share, shareOf } from "../../domain/units.js";
import { type Flag, optional, under } from "../flag.js";
import type { Origin, Resolved } from "../resolve-flags.js";
import type { FLEET_FLAGS, FleetOptions } from "./fleet.js";

/** What happens to a part of the fleet around each broadcast. */
export const SCENARIO_FLAGS = under("Measurement:", {
  scenario: optional({
    name: "scenario",
    argument: "NAME[:N|%]",
    help: "reconnect-storm: so many (20%) lose their connection at once; late-joiners: so many come while it is under way",
    read: parseScenario,
  }),
  scenarioAt: optional({
    name: "scenario-at",
    argument: "D",
    help: "when that is, from the moment a broadcast is due; -2s is before it",
    shownDefault: "reconnect-storm -500ms, late-joiners 0s",
    read: parseMoment,
  }),
});

/** A scenario that was asked for. */
export type ScenarioOptions = {
  readonly scenario: Scenario;
  /** Nobody said how many may be excused: then those that the scenario itself cut off are no failure. */
  readonly forgiven: boolean;
  /** What to call it in a message. */
  readonly called: string;
};

/** The scenario's flags and those that it does not go with. */
type ScenarioFlags = typeof SCENARIO_FLAGS &
  Pick<typeof FLEET_FLAGS, "churn" | "reconnect"> & {
    readonly interval: Flag<Micros | null>;
    readonly allowExcused: Flag<Share>;
  };

/**
 * The scenario that flags ask for, or null, and the fleet as it makes it: devices come back, and a host's operator must have
 * agreed. Throws `usage` where other flags say otherwise.
 */
export const parseScenarioFlags = (
  { values, origins }: Resolved<ScenarioFlags>,
  fleet: FleetOptions,
): { readonly scenario: ScenarioOptions | null; readonly fleet: FleetOptions } => {
  const { scenario, scenarioAt } = values;
  if (scenario === null) {
    if (scenarioAt === null) return { scenario, fleet };
    throw new IotbError("usage", `${origins.scenarioAt.called} is the moment of a scenario, and there is none`, {
      hint: "give --scenario reconnect-storm or --scenario late-joiners too",
    });
  }
  const { called } = origins.scenario;
  const refuseBeside = (flag: Origin, value: unknown, hint: string): void => {
    if (value === null) return;
    const shown = typeof value === "string" ? ` ${value}` : "";
    throw new IotbError("usage", `${called} and ${flag.called}${shown} contradict each other`, { hint });
  };
  refuseBeside(origins.churn, values.churn, "a scenario says itself who leaves, and when");
  refuseBeside(
    origins.interval,
    values.interval,
    "with a scenario a broadcast waits until the one before has settled and the fleet is whole again",
  );
  refuseBeside(
    origins.reconnect,
    values.reconnect === "off" ? values.reconnect : null,
    "devices of a scenario come back",
  );
  return {
    scenario: {
      scenario: scenarioOf(scenario, scenarioAt),
      forgiven: origins.allowExcused.source === "default",
      called,
    },
    fleet: { ...fleet, reconnect: "backoff", life: { ...fleet.life, roughFlag: fleet.life.roughFlag ?? called } },
  };
};

/** Checks that a fleet has as many devices as a scenario is to take. Throws `usage`. */
export const checkScenarioSize = ({ scenario, called }: ScenarioOptions, devices: number): void => {
  const wanted = shareOf(scenario.share, devices);
  if (wanted <= devices) return;
  throw new IotbError("usage", `${called} takes ${wanted} devices, and the fleet has ${devices}`, {
    hint: "give a percentage, or fewer",
  });
};
