import type { DeviceIndex } from "./device.js";
import { IotbError } from "./errors.js";
import { type Micros, micros } from "./time.js";
import { parseDuration, parseShare, type Share, shareOf } from "./units.js";

/**
 * What happens to a part of the fleet around each broadcast: it loses its connections at once and comes back with back-off, or it
 * leaves in good order beforehand and comes back at the connect rate while the broadcast is under way.
 */
export type ScenarioKind = "reconnect-storm" | "late-joiners";

/** A scenario as it was asked for. */
export type Scenario = {
  readonly kind: ScenarioKind;
  readonly share: Share;
  /** When it begins, from the moment a broadcast is due; negative is before. */
  readonly at: Micros;
};

/** The reason under which connections are counted that a scenario ended. */
export const SCENARIO_REASON = "scenario";

const KINDS: readonly ScenarioKind[] = ["reconnect-storm", "late-joiners"];
const DEFAULT_SHARE: Share = { kind: "fraction", fraction: 0.2 };
const DEFAULT_AT: Readonly<Record<ScenarioKind, Micros>> = {
  "reconnect-storm": micros(-500_000),
  "late-joiners": micros(0),
};
/** A moment further from the broadcast than this has nothing to do with it. */
const FARTHEST = micros(600e6);
/** A device that left in good order has all of the platform's rest behind it, and this much, before it comes back. */
const REST_MARGIN = micros(250_000);

/** Reads `reconnect-storm`, `late-joiners:30%` or `reconnect-storm:50`. Throws `usage`. */
export const parseScenario = (text: string): Pick<Scenario, "kind" | "share"> => {
  const [, name, size] = /^([^:]*)(?::(.*))?$/s.exec(text.trim().toLowerCase()) ?? [];
  const kind = KINDS.find((known) => known === name?.trim());
  if (kind === undefined) {
    throw new IotbError("usage", `${JSON.stringify(text)} is not a scenario`, {
      hint: `write it like ${KINDS.join(", ")}, reconnect-storm:30% or late-joiners:50`,
    });
  }
  const share = size === undefined ? DEFAULT_SHARE : parseShare(size);
  if (shareOf(share, 1e9) === 0) throw new IotbError("usage", `${JSON.stringify(text)} takes no device`);
  return { kind, share };
};

/** Reads when a scenario begins: a duration, with a minus before the broadcast is due. Throws `usage`. */
export const parseMoment = (text: string): Micros => {
  const [, sign, rest] = /^\s*([+-]?)(.*)$/s.exec(text) ?? [];
  const duration = parseDuration(rest ?? "");
  if (duration > FARTHEST) {
    throw new IotbError("usage", `${JSON.stringify(text)} is too far from the broadcast: 10 minutes at most`);
  }
  return sign === "-" && duration > 0 ? micros(-duration) : duration;
};

/** A scenario with its own moment where none was given. */
export const scenarioOf = (asked: Pick<Scenario, "kind" | "share">, at: Micros | null): Scenario => ({
  ...asked,
  at: at ?? DEFAULT_AT[asked.kind],
});

/**
 * One broadcast's turn of a scenario, the same for all processes of a fleet. Plain data: it is sent to them. Moments are of the
 * clock that they share.
 */
export type ScenarioTurn = {
  readonly kind: ScenarioKind;
  /** From 0; each takes other devices, until all have had a turn. */
  readonly number: number;
  /** Devices of the whole fleet, and how many of them it takes. */
  readonly fleet: number;
  readonly devices: number;
  /** When the devices' connections end. */
  readonly leaveAt: Micros;
  /** When they begin to come back; null: each after its back-off. */
  readonly returnAt: Micros | null;
};

/** How long before a broadcast is due its turn begins, at least; `rest` is the least time between a device's logins. */
export const leadOf = ({ kind, at }: Scenario, rest: Micros): Micros =>
  micros(Math.max(0, kind === "late-joiners" ? rest + REST_MARGIN - at : -at));

/** The turn of one broadcast. */
export const scenarioTurn = (
  scenario: Scenario,
  number: number,
  fleet: number,
  dueAt: Micros,
  rest: Micros,
): ScenarioTurn => {
  const { kind, share, at } = scenario;
  const begins = micros(dueAt + at);
  const isLate = kind === "late-joiners";
  return {
    kind,
    number,
    fleet,
    devices: Math.min(fleet, shareOf(share, fleet)),
    leaveAt: isLate ? micros(begins - rest - REST_MARGIN) : begins,
    returnAt: isLate ? begins : null,
  };
};

/** When the last thing of a turn begins that has a moment of its own. */
export const lastMomentOf = ({ leaveAt, returnAt }: Pick<ScenarioTurn, "leaveAt" | "returnAt">): Micros =>
  returnAt ?? leaveAt;

/** How unevenly multiples of `step` lie on a circle of `fleet`: the largest partial quotient; infinite where they do not meet all of it. */
const unevenness = (step: number, fleet: number): number => {
  let [a, b, most] = [fleet, step, 1];
  while (b !== 0) {
    most = Math.max(most, Math.floor(a / b));
    [a, b] = [b, a % b];
  }
  return a === 1 ? most : Number.POSITIVE_INFINITY;
};

/** How far from the golden section a step is looked for. */
const STEPS_TRIED = 50;

/** The step near the golden section of `fleet` whose multiples lie most evenly. */
const stepOf = (fleet: number): number => {
  const golden = Math.round(fleet * 0.618_033_988_75);
  let best = 1;
  for (let off = 0; off <= STEPS_TRIED; off++) {
    for (const step of [golden + off, golden - off]) {
      if (step > 0 && step < fleet && unevenness(step, fleet) < unevenness(best, fleet)) best = step;
    }
  }
  return best;
};

/**
 * Whether a turn takes a device, by its number in the fleet. No dice: multiples of the golden section lie evenly, so the devices of
 * a turn are spread over all rows and processes, and consecutive turns share none until the whole fleet has been taken.
 */
export const takenBy = ({ number, fleet, devices }: Pick<ScenarioTurn, "number" | "fleet" | "devices">) => {
  const step = stepOf(fleet);
  const first = (number * devices) % fleet;
  return (device: DeviceIndex): boolean => (((device * step) % fleet) - first + fleet) % fleet < devices;
};
