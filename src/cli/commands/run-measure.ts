import type { CommandContext } from "../command.js";
import type { KeptCommandLine } from "../command-line.js";
import type { ExitCode } from "../exit-codes.js";
import { MeasureRecord } from "../measure-record.js";
import type { MeasureOptions } from "../options/measure.js";

/** Measures with a fleet of its own, or what was recorded before, and answers the exit code. */
export const runMeasure = async (
  options: MeasureOptions,
  command: KeptCommandLine,
  context: CommandContext,
): Promise<ExitCode> => {
  const isRehearsal = options.kind === "live" && options.dryRun;
  await using record = isRehearsal ? null : await MeasureRecord.open(options.record, command, context);
  const tapped = record?.context ?? context;
  if (options.kind === "recorded") {
    const { measureRecorded } = await import("./measure-recorded.js");
    return await measureRecorded(options, tapped, record);
  }
  const { measureLive } = await import("./measure-live.js");
  return await measureLive(options, tapped, record);
};
