import { IotbError } from "../../domain/errors.js";
import { parseWhole } from "../../domain/units.js";
import { defineCommand } from "../command.js";
import { anyText, optional, under, withDefault } from "../flag.js";
import { readWorkers, type Workers } from "../options/workers.js";
import type { Resolved } from "../resolve-flags.js";

/** Devices that are made up where nothing else is said. */
const USUAL_COUNT = 10;

const EXEC_FLAGS = under("Platform:", {
  devices: optional({
    name: "devices",
    argument: "FILE",
    help: "triplet CSV of the devices that the platform knows",
    read: anyText,
  }),
  count: optional({
    name: "count",
    short: "c",
    argument: "N",
    help: "so many made-up devices instead",
    shownDefault: String(USUAL_COUNT),
    read: (text) => parseWhole(text, 1, 1_000_000),
  }),
  workers: withDefault("auto", {
    name: "workers",
    argument: "N|auto",
    help: "processes that hold the platform's connections, each with an endpoint of its own; auto: one while it can hold all",
    read: readWorkers,
  }),
});

/** What `iotb exec` is asked to do. */
export type ExecOptions = {
  readonly devices: { readonly file: string } | { readonly count: number };
  readonly workers: Workers;
  readonly command: string;
  readonly args: readonly string[];
};

/** Reads the command line of `iotb exec`. Throws `usage`. */
export const parseExecOptions = (
  [command, ...args]: readonly string[],
  { values, origins }: Resolved<typeof EXEC_FLAGS>,
): ExecOptions => {
  if (command === undefined || command === "") {
    throw new IotbError("usage", "which command?", { hint: "write it after two dashes: iotb exec -- npm test" });
  }
  const { devices, count } = values;
  const typed = [origins.devices, origins.count].map(({ source }) => source === "flag");
  if (typed.every(Boolean)) {
    throw new IotbError("usage", `${origins.devices.called} and ${origins.count.called} contradict each other`, {
      hint: "give the devices in a file, or how many to make up",
    });
  }
  // what was typed beats a file that the environment names
  const fromFile = devices !== null && (origins.count.source !== "flag" || count === null);
  return {
    devices: fromFile ? { file: devices } : { count: count ?? USUAL_COUNT },
    workers: values.workers,
    command,
    args,
  };
};

/** `iotb exec` */
export const execCommand = defineCommand({
  path: "exec",
  summary: "start a local platform, run a command against it, stop it",
  arguments: [
    {
      form: "<command...>",
      help: "the command and its arguments, after --; it finds the platform in IOTB_ENDPOINT, IOTB_HOST, IOTB_DEVICES, … and no real account",
    },
  ],
  passThrough: true,
  flags: EXEC_FLAGS,
  examples: [
    "iotb exec -- npm test",
    "iotb exec -c 100 -- iotb measure --threshold 'p99<500ms'",
    "iotb exec --devices triplets.csv -- sh -c 'echo $IOTB_ENDPOINT $IOTB_HOST'",
  ],
  run: async (args, flags, context) => {
    const options = parseExecOptions(args, flags);
    const { runExec } = await import("./run-exec.js");
    return runExec(options, context);
  },
});
