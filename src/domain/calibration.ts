/** How fast a fan-out that does nothing else reaches the same fleet on this machine, in the keys of the JSON contract. */
export type CalibrationSummary = {
  readonly devices: number;
  /** Of the fleet; the null fan-out has processes of its own. */
  readonly processes: number;
  /** From the word to the receipt, over all null broadcasts; null where too few receipts tell a percentile. */
  readonly floorMs: Readonly<Record<"p50" | "p99" | "max", number | null>>;
  /** Of the middle one of the null broadcasts. */
  readonly deliveriesPerSecond: number | null;
};

/** Above this share of the measured p99 the floor is most of it. */
const MOST = 0.5;

/** The share of a measured p99 that the floor is, or null where one of them is not known. */
export const floorShare = (calibration: CalibrationSummary, p99Ms: number | null): number | null => {
  const floor = calibration.floorMs.p99;
  return floor === null || p99Ms === null || p99Ms <= 0 ? null : floor / p99Ms;
};

/** The warning that the machine explains most of what was measured, or null. */
export const warnOfFloor = (calibration: CalibrationSummary | null, p99Ms: number | null): string | null => {
  const share = calibration === null ? null : floorShare(calibration, p99Ms);
  if (share === null || share <= MOST) return null;
  return `the machine, not the platform, makes most of these times: a null fan-out's p99 here is ${Math.round(share * 100)}% of the measured one`;
};
