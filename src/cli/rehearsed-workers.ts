import { IotbError, reasonOf } from "../domain/errors.js";
import { MAX_PLATFORM_WORKERS } from "../domain/shard.js";
import { parseWhole } from "../domain/units.js";

/** Makes the platform of `measure --local` several processes though one would do, to rehearse that. No setting of a user's. */
const VARIABLE = "IOTB_PLATFORM_WORKERS";

/** The number of workers that the environment asks for, or null. Throws `usage`. */
export const rehearsedWorkers = (env: Readonly<Record<string, string | undefined>>): number | null => {
  const text = env[VARIABLE];
  if (text === undefined || text === "") return null;
  try {
    return parseWhole(text, 1, MAX_PLATFORM_WORKERS);
  } catch (thrown) {
    throw new IotbError("usage", `${VARIABLE}: ${reasonOf(thrown)}`);
  }
};
