/** Counts by reason. Reasons are names from the code, never text from outside, so the record stays small. */
export type Tally = Record<string, number>;

/** What the platform has seen since it started. */
export type PlatformCounters = {
  /** Devices online now. */
  online: number;
  /** Logins that succeeded. */
  connects: number;
  /** Connections that ended before a login succeeded, by reason. */
  readonly refused: Tally;
  /** Sessions that ended, by reason. */
  readonly closed: Tally;
  /** Broadcasts accepted, full and subscribed. */
  broadcasts: number;
  /** Messages written to devices. */
  deliveries: number;
  /** Messages that were due to a device and not written to it, by reason. */
  readonly undelivered: Tally;
  /** Messages of devices that were accepted. */
  upstream: number;
  /** Messages of devices that were dropped, by reason. */
  readonly upstreamDropped: Tally;
  /** API calls answered. */
  apiCalls: number;
  /** API calls refused, by error code. */
  readonly apiRefused: Tally;
};

/** All zero. */
export const createCounters = (): PlatformCounters => ({
  online: 0,
  connects: 0,
  refused: {},
  closed: {},
  broadcasts: 0,
  deliveries: 0,
  undelivered: {},
  upstream: 0,
  upstreamDropped: {},
  apiCalls: 0,
  apiRefused: {},
});

/** Adds `by` to one reason's count. */
export const tally = (counts: Tally, reason: string, by = 1): void => {
  counts[reason] = (counts[reason] ?? 0) + by;
};
