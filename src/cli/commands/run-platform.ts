import { IotbError } from "../../domain/errors.js";
import type { CommandContext } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import type { PlatformOptions } from "./platform.js";

/** Does what `PlatformOptions` ask for and answers the exit code. */
export const runPlatform = async (_options: PlatformOptions, _context: CommandContext): Promise<ExitCode> => {
  throw new IotbError("internal", "platform: not built yet");
};
