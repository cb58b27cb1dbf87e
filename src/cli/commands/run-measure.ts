import { IotbError } from "../../domain/errors.js";
import type { CommandContext } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import type { MeasureOptions } from "../options/measure.js";

/** Does what `MeasureOptions` ask for and answers the exit code. */
export const runMeasure = async (_options: MeasureOptions, _context: CommandContext): Promise<ExitCode> => {
  throw new IotbError("internal", "measure: not built yet");
};
