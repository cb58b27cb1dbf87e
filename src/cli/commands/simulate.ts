import { IotbError } from "../../domain/errors.js";
import type { Micros } from "../../domain/time.js";
import { defineCommand } from "../command.js";
import { anyText, optional, toggle, under } from "../flag.js";
import { BROKER_FLAGS, parseBrokerTarget, requireBrokerDevices } from "../options/broker.js";
import { endingFlags } from "../options/ending.js";
import { FLEET_FLAGS, type FleetOptions, parseFleet } from "../options/fleet.js";
import { parseTarget, TARGET_AND_TLS_FLAGS, type TargetOptions } from "../options/target.js";
import type { Resolved } from "../resolve-flags.js";

const SIMULATE_FLAGS = {
  ...FLEET_FLAGS,
  ...under("Recording:", {
    ...endingFlags("receipts of the whole fleet"),
    receipts: optional({
      name: "receipts",
      argument: "FILE",
      help: "write NDJSON of every receipt; - is stdout",
      read: anyText,
    }),
    payload: toggle({ name: "payload", help: "keep the messages in that file too" }),
  }),
  ...TARGET_AND_TLS_FLAGS,
  ...BROKER_FLAGS,
};

/** What `iotb devices simulate` is asked to do. */
export type SimulateOptions = {
  readonly target: TargetOptions;
  readonly fleet: FleetOptions;
  /** Empty where a plain broker's devices are made up. */
  readonly devicesFile: string;
  /** Null: until it is stopped. */
  readonly duration: Micros | null;
  readonly limit: number | null;
  /** `-` is stdout. */
  readonly receiptsFile: string | null;
  readonly keepPayloads: boolean;
};

/** Reads the command line of `iotb devices simulate`. Throws `usage` and `guard`. */
export const parseSimulateOptions = (flags: Resolved<typeof SIMULATE_FLAGS>): SimulateOptions => {
  const target = parseBrokerTarget(flags, [flags.origins.takeOver]) ?? parseTarget(flags);
  const fleet = parseFleet(flags, target, { reconnect: "backoff" });
  const { duration, limit, receipts, payload } = flags.values;
  if (target.broker !== null) {
    requireBrokerDevices(fleet, flags);
    if (fleet.topics.length === 0) {
      throw new IotbError("usage", "no topic: on a plain broker a device gets what it subscribes to", {
        hint: "give -t FILTER, -t 'iotb/broadcast/#' for what iotb measure --broker publishes",
      });
    }
  } else if (fleet.devicesFile === null) {
    throw new IotbError("usage", "no devices to simulate", {
      hint: "give --devices FILE; iotb devices generate -c 10 --output FILE makes one",
    });
  }
  if (payload && receipts === null) {
    throw new IotbError(
      "usage",
      `${flags.origins.payload.called} keeps messages in the receipts file: give --receipts FILE too`,
    );
  }
  return {
    target,
    fleet,
    devicesFile: fleet.devicesFile ?? "",
    duration,
    limit,
    receiptsFile: receipts,
    keepPayloads: payload,
  };
};

/** `iotb devices simulate` */
export const simulateCommand = defineCommand({
  path: "devices simulate",
  summary: "bring devices online and show what they receive",
  flags: SIMULATE_FLAGS,
  examples: [
    "iotb devices simulate --local --devices triplets.csv",
    "iotb devices simulate --devices triplets.csv -c 100 -h mqtt://127.0.0.1:1883 --receipts receipts.ndjson",
    "iotb devices simulate --broker mqtt://127.0.0.1:1883 -c 100 -t 'news/#'",
  ],
  run: async (_args, flags, context) => {
    const options = parseSimulateOptions(flags);
    const { runSimulate } = await import("./run-simulate.js");
    return runSimulate(options, context);
  },
});
