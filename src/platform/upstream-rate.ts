import type { Connection } from "./connection.js";
import type { PlatformLimits } from "./platform-limits.js";

/** What a device published within the second that began at `since`, monotonic ms. */
export type UpstreamWindow = { since: number; qos0: number; qos1: number };

/** Counts one message of a device; answers whether it is within the second's limit. [Limits: upstream messages of a device] */
export const isWithinRate = (connection: Connection, qos: 0 | 1, now: number, limits: PlatformLimits): boolean => {
  connection.upstream ??= { since: now, qos0: 0, qos1: 0 };
  const window = connection.upstream;
  if (now - window.since >= 1000) {
    window.since = now;
    window.qos0 = 0;
    window.qos1 = 0;
  }
  if (qos === 0) return ++window.qos0 <= limits.upstreamQos0PerSecond;
  return ++window.qos1 <= limits.upstreamQos1PerSecond;
};
