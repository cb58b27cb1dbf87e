import type { RpcParameters } from "../protocol/rpc-signature.js";
import { callsPerSecond, FULL_BROADCAST_WINDOW_MS, SUBSCRIBED_BROADCAST_WINDOW_MS } from "./action-rates.js";
import type { DeviceRecord } from "./device-table.js";
import { createRateLimit, type RateLimit } from "./rate-limit.js";

/** Which quotas hold: none, or those of a real account. */
export type QuotaMode = "off" | "real";

/** The quotas of one account: every AccessKey of a platform is of the same account. [PubBroadcast: QPS limits] */
export type Quotas = {
  /** Whether the account may make this call now; counts it if so, whatever becomes of it. */
  takeCall(action: string, parameters: RpcParameters): boolean;
  /** Whether this device may try to log in now; counts the attempt if so. */
  takeConnect(device: DeviceRecord): boolean;
  /** How many online devices may subscribe to one broadcast topic. */
  readonly subscribersPerGroup: number;
};

/** Connection attempts of one device in a minute, and of an account in a second. [Limits: connection requests] */
const CONNECTS_PER_MINUTE = 5;
const ACCOUNT_CONNECTS_PER_SECOND = 500;

/** [PubBroadcast: subscribers of a topic] */
const SUBSCRIBERS_PER_GROUP = 1_000;

const NO_QUOTAS: Quotas = {
  takeCall: () => true,
  takeConnect: () => true,
  subscribersPerGroup: Number.POSITIVE_INFINITY,
};

/** The quotas in force, by a clock in ms that never goes backwards. What is remembered of a device goes with the device. */
export const createQuotas = (mode: QuotaMode, monotonicMs: () => number): Quotas => {
  if (mode === "off") return NO_QUOTAS;
  const calls = new Map<string, RateLimit>();
  const devices = new WeakMap<DeviceRecord, RateLimit>();
  const account = createRateLimit(ACCOUNT_CONNECTS_PER_SECOND, 1_000);

  const take = (name: string, count: number, windowMs: number): boolean => {
    const limit = calls.get(name) ?? createRateLimit(count, windowMs);
    calls.set(name, limit); // names come from the table of rates: there are few
    return limit(monotonicMs());
  };

  return {
    takeCall: (action, parameters) => {
      if (action === "PubBroadcast") {
        return parameters["TopicFullName"]
          ? take("PubBroadcast to a topic", 1, SUBSCRIBED_BROADCAST_WINDOW_MS)
          : take("PubBroadcast to all", 1, FULL_BROADCAST_WINDOW_MS);
      }
      const rate = callsPerSecond(action, parameters);
      return rate === null || take(`${action} ${rate}`, rate, 1_000);
    },
    takeConnect: (device) => {
      const limit = devices.get(device) ?? createRateLimit(CONNECTS_PER_MINUTE, 60_000);
      devices.set(device, limit);
      const now = monotonicMs();
      return limit(now) && account(now);
    },
    subscribersPerGroup: SUBSCRIBERS_PER_GROUP,
  };
};
