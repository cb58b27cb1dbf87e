import { IotbError } from "../../domain/errors.js";
import { parseRegressionLimit, type RegressionLimit } from "../../domain/regression-limit.js";
import { parseWhole } from "../../domain/units.js";
import { defineCommand } from "../command.js";
import { anyText, optional, repeated, toggle, under, withDefault } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";

const COMPARE_FLAGS = under("Comparison:", {
  limits: repeated({
    name: "max-regression",
    argument: "EXPR",
    help: "'p99:10%', 'coverage(99%):20ms', 'rate:5%' …: how much worse NEW may be (repeatable)",
    read: parseRegressionLimit,
  }),
  force: toggle({ name: "force", help: "compare unlike set-ups, and runs whose times are not to be believed" }),
  seed: withDefault("1", {
    name: "seed",
    argument: "N",
    help: "of the resampling; the same seed gives the same answer",
    read: (text) => parseWhole(text, 0, 4_294_967_295),
  }),
  markdown: optional({
    name: "markdown",
    argument: "FILE",
    help: "write it as Markdown too, for a merge request; - is stdout, instead of the text",
    read: anyText,
  }),
});

/** What `iotb compare` is asked to do. */
export type CompareCommandOptions = {
  /** Run directories. */
  readonly base: string;
  readonly fresh: string;
  readonly limits: readonly RegressionLimit[];
  readonly force: boolean;
  readonly seed: number;
  /** `-` is standard output. */
  readonly markdownFile: string | null;
};

/** Reads the command line of `iotb compare`. Throws `usage`. */
export const parseCompareOptions = (
  [base, fresh, ...more]: readonly string[],
  { values }: Resolved<typeof COMPARE_FLAGS>,
  json: boolean,
): CompareCommandOptions => {
  if (base === undefined || fresh === undefined || more.length > 0)
    throw new IotbError("usage", "two run directories are compared: BASE and NEW");
  if (json && values.markdown === "-") throw new IotbError("usage", "--json and --markdown - both want stdout");
  const { limits, force, seed, markdown } = values;
  return { base, fresh, limits, force, seed, markdownFile: markdown };
};

/** `iotb compare` */
export const compareCommand = defineCommand({
  path: "compare",
  summary: "set two runs side by side, and tell a regression from chance",
  arguments: [
    { form: "<base>", help: "a run directory, as measure --out writes it" },
    { form: "<new>", help: "the run directory to hold against it" },
  ],
  flags: COMPARE_FLAGS,
  examples: [
    "iotb compare runs/main runs/branch",
    "iotb compare runs/main runs/branch --max-regression 'p99:10%' --max-regression 'coverage(99%):20ms' --markdown comment.md",
  ],
  run: async (args, flags, context) => {
    const options = parseCompareOptions(args, flags, context.output.mode.json);
    const { runCompare } = await import("./run-compare.js");
    return runCompare(options, context);
  },
});
