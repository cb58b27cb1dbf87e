import type { FlagSet } from "./flag.js";
import { explainOrigins, type Resolved } from "./resolve-flags.js";

/** A command line as it may be kept: secrets are masked, as `--verbose` masks them. */
export type KeptCommandLine = {
  /** From `iotb` on. */
  readonly words: readonly string[];
  /** Where each value came from, one a line. */
  readonly origins: readonly string[];
};

/** The command line of a command, put together again from what was typed: values of the environment and of a config file are in `origins`. */
export const keptCommandLine = (
  path: string,
  args: readonly string[],
  flags: FlagSet,
  resolved: Resolved<FlagSet>,
): KeptCommandLine => {
  const typed = Object.entries(flags).flatMap(([key, flag]) => {
    const origin = resolved.origins[key];
    if (origin?.source !== "flag") return [];
    if (flag.argument === null) return [`--${flag.name}`];
    return flag.arity === "variadic"
      ? [`--${flag.name}`, ...origin.shownTexts]
      : origin.shownTexts.flatMap((text) => [`--${flag.name}`, text]);
  });
  return { words: ["iotb", ...path.split(" "), ...args, ...typed], origins: explainOrigins(flags, resolved) };
};
