import { IotbError } from "../../domain/errors.js";
import { parseWhole } from "../../domain/units.js";
import { defineCommand } from "../command.js";
import { anyText, optional, repeated, under } from "../flag.js";
import { parseTarget, TARGET_AND_TLS_FLAGS, type TargetOptions } from "../options/target.js";
import type { Resolved } from "../resolve-flags.js";

const REGISTER_FLAGS = {
  ...under("Devices:", {
    count: optional({
      name: "count",
      short: "c",
      argument: "N",
      help: "so many devices; the platform makes up their names",
      read: (text) => parseWhole(text, 1, 1_000_000),
    }),
    names: optional({
      name: "names",
      argument: "FILE",
      help: "devices with the names in this file, one a line",
      read: anyText,
    }),
    applyIds: repeated({
      name: "apply-id",
      argument: "ID",
      help: "go on with a batch that was begun before, by the id that was printed (repeatable)",
      read: readApplyId,
    }),
    output: optional({
      name: "output",
      argument: "FILE",
      help: "a new file for their triplets, readable by you alone; the same command goes on after an interruption",
      shownDefault: "stdout",
      read: anyText,
    }),
  }),
  ...TARGET_AND_TLS_FLAGS,
  productKey: { ...TARGET_AND_TLS_FLAGS.productKey, help: "product; must be given", shownDefault: null },
};

/** What `iotb devices register` is asked to do. */
export type RegisterOptions = {
  readonly target: TargetOptions;
  readonly productKey: string;
  /** Null: what was begun before is gone on with. */
  readonly wanted: { readonly count: number } | { readonly namesFile: string } | null;
  readonly applyIds: readonly string[];
  /** Null: stdout. */
  readonly outputFile: string | null;
};

/** Reads the command line of `iotb devices register`. Throws `usage` and `guard`. */
export const parseRegisterOptions = (flags: Resolved<typeof REGISTER_FLAGS>, json: boolean): RegisterOptions => {
  const target = parseTarget(flags);
  const { count, names, applyIds, output } = flags.values;
  const outputFile = output === "-" ? null : output;
  if (target.productKey === null) {
    throw new IotbError("usage", "devices of which product?", { hint: "give --product-key PK" });
  }
  const given = [count !== null, names !== null, applyIds.length > 0].filter(Boolean).length;
  if (given > 1) {
    throw new IotbError("usage", "--count, --names and --apply-id say different things: give one of them");
  }
  if (given === 0 && outputFile === null) {
    throw new IotbError("usage", "how many devices, or which?", { hint: "give -c N or --names FILE" });
  }
  if (json && outputFile === null) {
    throw new IotbError("usage", "--json prints a summary, so the devices need a file", { hint: "give --output FILE" });
  }
  const wanted = count !== null ? { count } : names !== null ? { namesFile: names } : null;
  return { target, productKey: target.productKey, wanted, applyIds, outputFile };
};

/** `iotb devices register` */
export const registerCommand = defineCommand({
  path: "devices register",
  summary: "create devices on the platform and write their triplets",
  flags: REGISTER_FLAGS,
  examples: [
    "iotb devices register -c 100 --local --product-key g6palBDnzyT --output triplets.csv",
    "iotb devices register --names names.txt --product-key a1B2c3D4e5F --instance-id iot-06z00abcdefgh --output t.csv",
  ],
  run: async (_args, flags, context) => {
    const options = parseRegisterOptions(flags, context.output.mode.json);
    const { runRegister } = await import("./run-register.js");
    return runRegister(options, context);
  },
});

function readApplyId(text: string): string {
  if (!/^\d{1,20}$/.test(text)) throw new IotbError("usage", `${JSON.stringify(text)} is not an apply id: digits`);
  return text;
}
