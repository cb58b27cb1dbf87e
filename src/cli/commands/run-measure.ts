import type { CommandContext } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import type { MeasureOptions } from "../options/measure.js";

/** Measures with a fleet of its own, or what was recorded before, and answers the exit code. */
export const runMeasure = async (options: MeasureOptions, context: CommandContext): Promise<ExitCode> => {
  if (options.kind === "recorded") {
    const { measureRecorded } = await import("./measure-recorded.js");
    return measureRecorded(options, context);
  }
  const { measureLive } = await import("./measure-live.js");
  return measureLive(options, context);
};
