import { type BackoffRule, LOCAL_BACKOFF, REMOTE_BACKOFF } from "../domain/backoff.js";
import type { FleetProcessPlan } from "./compose/fleet-processes.js";
import type { FleetOptions } from "./options/fleet.js";
import type { TargetOptions } from "./options/target.js";

/** The back-off between a device's logins: a platform that keeps the real quotas refuses the sixth in a minute, wherever it runs. */
export const backoffOf = ({ quota }: Pick<TargetOptions, "quota">, guarded: boolean): BackoffRule =>
  guarded || quota === "real" ? REMOTE_BACKOFF : LOCAL_BACKOFF;

/** How a fleet connects and lives, by what its flags ask for and what its target allows. `guarded`: the guards hold there. */
export const fleetPlan = (
  { connectRate, connectTimeout, reconnect, life }: FleetOptions,
  { quota }: Pick<TargetOptions, "quota">,
  guarded: boolean,
): Pick<FleetProcessPlan, "pace" | "connectTimeout" | "backoff" | "reconnect" | "churn" | "publishEvery"> => ({
  pace: { perSecond: connectRate ?? Number.POSITIVE_INFINITY, ramp: life.ramp },
  connectTimeout,
  backoff: backoffOf({ quota }, guarded),
  reconnect: reconnect === "backoff",
  churn: life.churn,
  publishEvery: life.publishEvery,
});
