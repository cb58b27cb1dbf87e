import { IotbError } from "../../domain/errors.js";
import type { CommandContext } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import type { ConnectOptions } from "./connect.js";

/** Does what `ConnectOptions` ask for and answers the exit code. */
export const runConnect = async (_options: ConnectOptions, _context: CommandContext): Promise<ExitCode> => {
  throw new IotbError("internal", "connect: not built yet");
};
