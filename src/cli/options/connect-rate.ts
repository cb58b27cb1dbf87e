import { IotbError } from "../../domain/errors.js";
import { fromMillis, type Micros } from "../../domain/time.js";
import { parseDuration, parseRate } from "../../domain/units.js";
import { optional, under } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";
import type { TargetOptions } from "./target.js";

/** Connections that may be started per second where nothing else is said and the target is not this machine or network. */
const CLOUD_CONNECT_RATE = 50;

/** Connection attempts per second of one account. [Limits: connections per account] */
const MAX_CLOUD_CONNECT_RATE = 500;

/** A rate below that, for a platform that keeps the real quotas. */
const QUOTA_CONNECT_RATE = 450;

/** How fast devices connect; two ways to say it. */
export const CONNECT_RATE_FLAGS = under("Fleet:", {
  connectRate: optional({
    name: "connrate",
    short: "R",
    argument: "N/s",
    help: "connections started per second",
    shownDefault: "local: as fast as it goes; cloud: 50/s",
    read: parseRate,
  }),
  connectInterval: optional({
    name: "connect-interval",
    short: "i",
    argument: "D",
    help: "time between two connections, the other way to say it; a bare number is ms",
    read: (text) => parseDuration(text, "ms"),
  }),
});

/** Connections per second, or null for as fast as it goes. Throws `usage`, and `guard` above what an account may have. */
export const connectRateOf = (
  { values, origins }: Resolved<typeof CONNECT_RATE_FLAGS>,
  { mqttReach, quota }: Pick<TargetOptions, "mqttReach" | "quota">,
): number | null => {
  const { connectRate, connectInterval } = values;
  if (connectRate !== null && connectInterval !== null) {
    throw new IotbError(
      "usage",
      `${origins.connectRate.called} and ${origins.connectInterval.called} say the same: give one`,
    );
  }
  const asked = connectRate ?? (connectInterval === null ? null : rateOf(connectInterval));
  if (mqttReach.cloud && (asked ?? 0) > MAX_CLOUD_CONNECT_RATE) {
    throw new IotbError("guard", `${asked} connections per second: an account may have ${MAX_CLOUD_CONNECT_RATE}`, {
      hint: `give --connrate ${MAX_CLOUD_CONNECT_RATE}/s or less`,
    });
  }
  if (asked !== null) return Number.isFinite(asked) ? asked : null;
  if (mqttReach.scope === "public") return CLOUD_CONNECT_RATE;
  return quota === "real" ? QUOTA_CONNECT_RATE : null;
};

/** No interval is as fast as it goes. */
const rateOf = (interval: Micros): number => (interval === 0 ? Number.POSITIVE_INFINITY : fromMillis(1000) / interval);
