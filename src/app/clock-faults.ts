import { isAboutTime, type Threshold, type ThresholdResult } from "../domain/threshold.js";
import { type Micros, toMillis } from "../domain/time.js";

/**
 * Why thresholds about time cannot be judged where the times are of several clocks that may be `uncertainty` apart (null: nobody
 * said how far). `results` are those of the thresholds, in their order.
 */
export const clockFaults = (
  thresholds: readonly Threshold[],
  results: readonly ThresholdResult[],
  uncertainty: Micros | null,
): string[] =>
  thresholds.flatMap((threshold, i) => {
    if (!isAboutTime(threshold)) return [];
    const { expression, limit } = threshold;
    const observed = results[i]?.observed ?? null;
    if (uncertainty === null) {
      return [`${expression}: the files are of several clocks; say how far these may be apart: --clock-uncertainty D`];
    }
    return observed !== null && Math.abs(observed - limit) < toMillis(uncertainty)
      ? [`${expression}: ${observed} ms is nearer to the limit than the clocks are certain`]
      : [];
  });
