import { IotbError } from "../../domain/errors.js";
import type { CommandContext } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import type { BroadcastOptions } from "./broadcast.js";

/** Does what `BroadcastOptions` ask for and answers the exit code. */
export const runBroadcast = async (_options: BroadcastOptions, _context: CommandContext): Promise<ExitCode> => {
  throw new IotbError("internal", "broadcast: not built yet");
};
