import type { FlagSet } from "../../src/cli/flag.js";
import { type Resolved, resolveFlags } from "../../src/cli/resolve-flags.js";

/** Flags as if these texts had been typed, by long name. */
export const typed = <F extends FlagSet>(
  flags: F,
  given: Readonly<Record<string, string | readonly string[]>>,
  env: Readonly<Record<string, string>> = {},
): Resolved<F> =>
  resolveFlags(flags, {
    given: new Map(Object.entries(given).map(([name, text]) => [name, typeof text === "string" ? [text] : text])),
    env,
    config: new Map(),
    configName: "",
  });
