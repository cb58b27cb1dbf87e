import { IotbError } from "../domain/errors.js";
import { type Micros, micros } from "../domain/time.js";
import type { CommandContext } from "./command.js";

/** Burdens every receipt of the fleet, to rehearse a generator that is its own limit: whole µs of work. */
const REHEARSAL_VARIABLE = "IOTB_RECEIPT_WORK_US";

/** The most that can be meant. A second a receipt would outlast every wait of a run. */
const MOST_US = 1_000_000;

/** The work that the environment asks for on every receipt, or null; says so where there is any. Throws `usage`. */
export const receiptWork = ({ env, output }: Pick<CommandContext, "env" | "output">): Micros | null => {
  const text = env[REHEARSAL_VARIABLE];
  if (text === undefined || text === "" || text === "0") return null;
  const work = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(work <= MOST_US)) {
    throw new IotbError(
      "usage",
      `${REHEARSAL_VARIABLE}: ${JSON.stringify(text)} is not a number of µs up to ${MOST_US}`,
    );
  }
  output.note(`${REHEARSAL_VARIABLE}: the fleet works ${work} µs on every receipt; its times are a rehearsal`);
  return micros(work);
};
