import type { TargetOptions } from "./options/target.js";

/** How fast a fleet connects to a platform of its own with real quotas, below the account's 500 a second. [Limits] */
const QUOTA_CONNECT_RATE = 450;

/** Connects a second where none were asked for: as fast as it goes, but where the run's own platform keeps the account's rate. */
export const ownConnectRate = ({ local, quota }: Pick<TargetOptions, "local" | "quota">): number =>
  local && quota === "real" ? QUOTA_CONNECT_RATE : Number.POSITIVE_INFINITY;
