import { anyText, optional, toggle, under } from "../flag.js";

/** The flags that every command has. */
export const OUTPUT_FLAGS = under("Output:", {
  json: toggle({ name: "json", help: "print JSON on stdout and nothing else" }),
  quiet: toggle({ name: "quiet", help: "no progress, no hints" }),
  verbose: toggle({ name: "verbose", help: "say where each value came from; stack traces" }),
  noColor: toggle({ name: "no-color", help: "no colours (NO_COLOR does the same)" }),
  config: optional({
    name: "config",
    argument: "FILE",
    help: "JSON file of flag values, keys are long flag names",
    read: anyText,
  }),
});
