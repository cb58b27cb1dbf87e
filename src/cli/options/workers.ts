import { MAX_PLATFORM_WORKERS, processesOfOneSide } from "../../domain/shard.js";
import { parseWhole } from "../../domain/units.js";
import { openFileLimit } from "../../files/open-file-limit.js";

/** How many processes a local platform is to have; `auto`: one as long as that can hold its devices. */
export type Workers = number | "auto";

/** Reads `N|auto`. Throws `usage`. */
export const readWorkers = (text: string): Workers =>
  text === "auto" ? text : parseWhole(text, 1, MAX_PLATFORM_WORKERS);

/** The number for so many devices on this machine. */
export const countWorkers = async (workers: Workers, devices: number): Promise<number> =>
  workers === "auto" ? processesOfOneSide(devices, await openFileLimit()) : workers;
