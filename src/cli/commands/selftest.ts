import { SELFTEST_KINDS, type SelftestKind } from "../../app/selftest-rounds.js";
import { IotbError } from "../../domain/errors.js";
import type { Micros } from "../../domain/time.js";
import { parseDuration, parseWhole } from "../../domain/units.js";
import { defineCommand } from "../command.js";
import { optional, under, withDefault } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";

const readKinds = (text: string): readonly SelftestKind[] => {
  const kinds = text.split(",").map((part) => {
    const kind = SELFTEST_KINDS.find((known) => known === part.trim());
    if (kind === undefined) {
      throw new IotbError("usage", `${JSON.stringify(part.trim())} is no kind of fault`, {
        hint: `write them like drop,duplicate; kinds are ${SELFTEST_KINDS.join(" ")}`,
      });
    }
    return kind;
  });
  return [...new Set(kinds)];
};

/** Less would take a scheduling delay for a loss. */
const LEAST_DRAIN = parseDuration("1s");

const readDrain = (text: string): Micros => {
  const drain = parseDuration(text);
  if (drain < LEAST_DRAIN) throw new IotbError("usage", `${JSON.stringify(text)} is less than a second`);
  return drain;
};

/** The flags of `iotb selftest`. */
export const SELFTEST_FLAGS = under("Selftest:", {
  count: withDefault("500", {
    name: "count",
    short: "c",
    argument: "N",
    help: "how many devices",
    read: (text) => parseWhole(text, 20, 100_000),
  }),
  seed: optional({
    name: "seed",
    argument: "N",
    help: "draws rounds and victims: the same seed, the same ones",
    shownDefault: "drawn, and printed",
    read: (text) => parseWhole(text, 0, 0xffff_ffff),
  }),
  faults: optional({
    name: "faults",
    argument: "KIND,…",
    help: `only rounds of these; kinds: ${SELFTEST_KINDS.join(" ")}`,
    shownDefault: "all",
    read: readKinds,
  }),
  combinations: withDefault("3", {
    name: "combinations",
    argument: "N",
    help: "rounds of several kinds that the seed draws",
    read: (text) => parseWhole(text, 0, 1_000),
  }),
  broadcasts: withDefault("2", {
    name: "broadcasts",
    argument: "N",
    help: "broadcasts a round",
    read: (text) => parseWhole(text, 1, 100),
  }),
  drain: withDefault("1500ms", {
    name: "drain",
    argument: "D",
    help: "wait for missing receipts until none has come for D",
    read: readDrain,
  }),
  workers: withDefault("2", {
    name: "workers",
    argument: "N",
    help: "processes that hold the devices",
    read: (text) => parseWhole(text, 1, 1_024),
  }),
  jobs: withDefault("2", {
    name: "jobs",
    argument: "N",
    help: "rounds at a time, each with processes of its own",
    read: (text) => parseWhole(text, 1, 64),
  }),
});

/** What `iotb selftest` is asked to do. */
export type SelftestOptions = {
  readonly count: number;
  readonly seed: number | null;
  readonly kinds: readonly SelftestKind[];
  readonly combinations: number;
  readonly broadcasts: number;
  readonly drain: Micros;
  readonly processes: number;
  readonly jobs: number;
};

/** Reads the command line of `iotb selftest`. Throws `usage`. */
export const parseSelftestOptions = ({ values, origins }: Resolved<typeof SELFTEST_FLAGS>): SelftestOptions => {
  const { count, seed, combinations, broadcasts, drain, workers, jobs } = values;
  if (workers > count) throw new IotbError("usage", `${origins.workers.called}: more processes than devices`);
  return {
    count,
    seed,
    kinds: values.faults ?? SELFTEST_KINDS,
    combinations,
    broadcasts,
    drain,
    processes: workers,
    jobs,
  };
};

/** `iotb selftest` */
export const selftestCommand = defineCommand({
  path: "selftest",
  summary: "prove that measuring finds exactly the faults that a local platform commits",
  flags: SELFTEST_FLAGS,
  examples: [
    "iotb selftest",
    "iotb selftest -c 5000 --seed 7 --combinations 10",
    "iotb selftest --faults drop,duplicate --verbose",
  ],
  run: async (_args, flags, context) => {
    const options = parseSelftestOptions(flags);
    const { runSelftest } = await import("./run-selftest.js");
    return runSelftest(options, context);
  },
});
