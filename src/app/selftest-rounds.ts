import { choose, type Random, seededRandom } from "../domain/seeded-random.js";
import type { SettlingRule } from "../domain/settling.js";
import { fromMillis, type Micros, micros } from "../domain/time.js";
import { FAULT_KINDS, type FaultKind, type FaultSpec } from "../protocol/fault-spec.js";

/** What a round can be about: a kind of fault, or nothing at all. */
export type SelftestKind = FaultKind | "none";

/** Everything that a round can be about. */
export const SELFTEST_KINDS: readonly SelftestKind[] = ["none", ...FAULT_KINDS];

/** One run to be made: the platform's faults and how it is measured. */
export type RoundPlan = {
  readonly name: string;
  readonly specs: readonly FaultSpec[];
  /** Chooses the devices that the faults befall. */
  readonly seed: number;
  readonly broadcasts: number;
  /** Null: each broadcast settles before the next. */
  readonly interval: Micros | null;
  readonly rule: SettlingRule;
};

/** What rounds are made from. The same request gives the same rounds. */
export type RoundsRequest = {
  readonly devices: number;
  readonly seed: number;
  readonly kinds: readonly SelftestKind[];
  readonly broadcasts: number;
  /** How many rounds of several kinds are drawn by the seed. */
  readonly combinations: number;
  readonly drain: Micros;
};

/** After these there is no second call: what they do to the run, they do alone. */
const ENDING: ReadonlySet<FaultKind> = new Set<FaultKind>(["api-5xx", "api-throttle", "api-lost"]);

const DURATIONS: Readonly<Partial<Record<FaultKind, Micros>>> = {
  delay: fromMillis(500),
  tail: fromMillis(150),
  "api-slow": fromMillis(400),
};

/** Combinations in which one fault could hide another. */
const TELLING: readonly (readonly FaultKind[])[] = [
  ["drop", "duplicate"],
  ["drop", "disconnect", "half-open"],
  ["drop", "duplicate", "corrupt", "stray", "disconnect"],
];

/** A held-back delivery is let go after a second at the latest; a broadcast must not settle before. */
const LEAST_DRAIN_OF_REORDER = fromMillis(2_000);
/** Less than the second after which held-back deliveries are let go, so that the next broadcast really overtakes them. */
const OVERTAKING_INTERVAL = fromMillis(300);
/** How long is listened on after the last receipt: longer where a second one is to come. */
const LINGER = fromMillis(250);
const LINGER_FOR_MORE = fromMillis(500);

/**
 * The rounds of a selftest: one of each kind, some combinations that could cancel or hide each other, one in which a tenth of the
 * fleet is cut off, one of everything that goes together, and as many as asked for whose kinds and numbers the seed draws.
 */
export const planRounds = (request: RoundsRequest): readonly RoundPlan[] => {
  const { devices, kinds, combinations, seed, broadcasts } = request;
  const faults = FAULT_KINDS.filter((kind) => kinds.includes(kind));
  // a call goes wrong in one way at a time
  const calls = faults.filter((kind) => isOfCalls(kind) && !ENDING.has(kind)).slice(0, broadcasts);
  const together = faults.filter((kind) => !isOfCalls(kind) || calls.includes(kind));
  // more than one, so that a list of names is one
  const few = Math.max(2, Math.ceil(devices / 100));
  const plans: Pick<RoundPlan, "name" | "specs">[] = [];
  const add = (name: string, chosen: readonly FaultKind[], countOf: (kind: FaultKind) => number = () => few) =>
    plans.push({ name, specs: chosen.map((kind) => specOf(kind, countOf(kind))) });

  if (kinds.includes("none")) add("none", []);
  for (const kind of faults) add(kind, [kind]);
  if (faults.includes("disconnect")) {
    add("disconnect 10 %", ["disconnect"], () => Math.max(1, Math.floor(devices / 10)));
  }
  const telling = TELLING.filter((chosen) => chosen.every((kind) => faults.includes(kind)));
  for (const chosen of telling) add(chosen.join(" + "), chosen);
  if (together.length > 1 && !telling.some((chosen) => chosen.length === together.length)) {
    add(together.length > 3 ? `${together.length} kinds at once` : together.join(" + "), together);
  }
  for (let number = 1; number <= combinations && together.length > 2; number++) {
    const random = seededRandom(seed, `combination#${number}`);
    const chosen = new Set(choose(together, Math.min(together.length, 3 + roll(random, 3)), random));
    add(
      `drawn ${number}: ${together.filter((kind) => chosen.has(kind)).join(" + ")}`,
      together.filter((kind) => chosen.has(kind)),
      () => 1 + roll(random, 2 * few),
    );
  }
  return plans.map((plan, index) => completed(plan, index, request));
};

const completed = (
  { name, specs }: Pick<RoundPlan, "name" | "specs">,
  index: number,
  { seed, broadcasts, drain }: RoundsRequest,
): RoundPlan => {
  const has = (kind: FaultKind) => specs.some((spec) => spec.kind === kind);
  return {
    name,
    specs,
    seed: Math.floor(seededRandom(seed, `round#${index}`)() * 0x1_0000_0000),
    broadcasts,
    // where connections end, each broadcast waits for the former: or nobody could say whether one ended before or after the next was sent
    interval: has("reorder") && !has("disconnect") ? OVERTAKING_INTERVAL : null,
    rule: {
      drain: has("reorder") ? micros(Math.max(drain, LEAST_DRAIN_OF_REORDER)) : drain,
      // after a call of unknown fate, `linger` is all the time that its receipts have
      linger: has("api-lost") ? drain : has("duplicate") || has("stray") ? LINGER_FOR_MORE : LINGER,
    },
  };
};

const isOfCalls = (kind: FaultKind): boolean => kind.startsWith("api-");

/** One call goes wrong, but so many devices. */
const specOf = (kind: FaultKind, count: number): FaultSpec => ({
  kind,
  count: isOfCalls(kind) ? 1 : count,
  duration: DURATIONS[kind] ?? micros(0),
});

/** 0 to `sides` - 1. */
const roll = (random: Random, sides: number): number => Math.floor(random() * sides);
