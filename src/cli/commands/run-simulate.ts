import { IotbError } from "../../domain/errors.js";
import type { CommandContext } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import type { SimulateOptions } from "./simulate.js";

/** Does what `SimulateOptions` ask for and answers the exit code. */
export const runSimulate = async (_options: SimulateOptions, _context: CommandContext): Promise<ExitCode> => {
  throw new IotbError("internal", "simulate: not built yet");
};
