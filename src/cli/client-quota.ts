import { IotbError } from "../domain/errors.js";
import { type Micros, micros } from "../domain/time.js";
import type { TargetOptions } from "./options/target.js";

/** Full broadcasts of one account: one a minute; to a topic: one a second. [PubBroadcast: QPS limits] */
const FULL_BROADCAST = micros(60e6);
const TOPIC_BROADCAST = micros(1e6);

/** Between two calls where no quota is kept. */
const USUAL_GAP = micros(1e6);

/**
 * The least time between two calls that this side keeps to: the account's quota where the API is Alibaba Cloud's or where
 * `--quota real` asks for it; a second elsewhere, which is a habit and no limit. Throws `api-throttled` where `interval` (null:
 * not given) is below a quota that is kept.
 */
export const gapBetweenCalls = (
  { quota, apiReach }: Pick<TargetOptions, "quota" | "apiReach">,
  topicFullName: string | null,
  interval: Micros | null,
): Micros => {
  const kept = quota === "real" || (quota === "auto" && apiReach.cloud);
  if (!kept) return USUAL_GAP;
  const least = topicFullName === null ? FULL_BROADCAST : TOPIC_BROADCAST;
  if (interval === null || interval >= least) return least;
  throw new IotbError("api-throttled", `--interval is below the account's quota of one call every ${least / 1e6} s`, {
    hint: "leave --interval out, give a longer one, or turn this side's quota off: --quota off",
  });
};
