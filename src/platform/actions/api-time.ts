const HOURS_EAST_MS = 8 * 3_600_000;

/** Unix ms as the `Gmt…` fields write it: `2018-08-06 10:47:50`, China time (recalled). Empty for never. */
export const gmtText = (unixMs: number): string =>
  unixMs === 0 ? "" : new Date(unixMs + HOURS_EAST_MS).toISOString().slice(0, 19).replace("T", " ");

/** Unix ms as the `Utc…` fields write it: ISO 8601 with milliseconds. Empty for never. */
export const utcText = (unixMs: number): string => (unixMs === 0 ? "" : new Date(unixMs).toISOString());
