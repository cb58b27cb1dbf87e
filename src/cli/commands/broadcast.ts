import { IotbError } from "../../domain/errors.js";
import type { Micros } from "../../domain/time.js";
import { parseDuration, parseWhole } from "../../domain/units.js";
import { defineCommand } from "../command.js";
import { anyText, optional, toggle, under, withDefault } from "../flag.js";
import { CONSENT_FLAGS, type ConsentOptions, parseConsent } from "../options/guards.js";
import { MESSAGE_FLAGS, type MessageOptions, parseMessage } from "../options/payload.js";
import { parseTarget, TARGET_AND_TLS_FLAGS, type TargetOptions } from "../options/target.js";
import type { Resolved } from "../resolve-flags.js";

const BROADCAST_FLAGS = {
  ...MESSAGE_FLAGS,
  ...under("Sending:", {
    count: withDefault("1", {
      name: "count",
      argument: "N",
      help: "calls",
      read: (text) => parseWhole(text, 1, 1_000_000),
    }),
    interval: optional({
      name: "interval",
      short: "I",
      argument: "D",
      help: "time between two calls",
      shownDefault: "1s, or what the quota allows",
      read: (text) => parseDuration(text),
    }),
    dryRun: toggle({ name: "dry-run", help: "print the plan, send nothing" }),
    log: optional({
      name: "log",
      argument: "FILE",
      help: "append a line of NDJSON for each accepted call",
      read: anyText,
    }),
  }),
  ...TARGET_AND_TLS_FLAGS,
  productKey: { ...TARGET_AND_TLS_FLAGS.productKey, shownDefault: "that of --topic-full-name, else it must be given" },
  ...CONSENT_FLAGS,
};

/** What `iotb broadcast` is asked to do. */
export type BroadcastOptions = {
  readonly target: TargetOptions;
  readonly message: MessageOptions & { readonly payload: NonNullable<MessageOptions["payload"]> };
  readonly consent: ConsentOptions;
  readonly count: number;
  /** Null: as the quota allows, at least a second. */
  readonly interval: Micros | null;
  readonly dryRun: boolean;
  readonly logFile: string | null;
};

/** Reads the command line of `iotb broadcast`. Throws `usage` and `guard`. */
export const parseBroadcastOptions = (
  [file]: readonly string[],
  flags: Resolved<typeof BROADCAST_FLAGS>,
): BroadcastOptions => {
  const target = parseTarget(flags);
  const message = parseMessage(file, flags, target.productKey);
  const { payload } = message;
  if (payload === null) {
    throw new IotbError("usage", "no message to send", {
      hint: "name a payload file, - for stdin, or give --message TEXT",
    });
  }
  const { count, interval, dryRun, log } = flags.values;
  return {
    target,
    message: { ...message, payload },
    consent: parseConsent(flags),
    count,
    interval,
    dryRun,
    logFile: log,
  };
};

/** `iotb broadcast` */
export const broadcastCommand = defineCommand({
  path: "broadcast",
  summary: "send one message to every online device of a product",
  arguments: [{ form: "[payload-file]", help: "the message; - is standard input" }],
  flags: BROADCAST_FLAGS,
  examples: [
    "iotb broadcast payload.json --local --product-key g6palBDnzyT",
    "iotb broadcast payload.json --product-key a1B2c3D4e5F --instance-id iot-06z00abcdefgh --log sent.ndjson",
    "iotb broadcast -m '{\"volume\":80}' --product-key a1B2c3D4e5F --dry-run",
  ],
  run: async (args, flags, context) => {
    const options = parseBroadcastOptions(args, flags);
    const { runBroadcast } = await import("./run-broadcast.js");
    return runBroadcast(options, context);
  },
});
