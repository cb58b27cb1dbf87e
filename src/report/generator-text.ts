import { type CalibrationSummary, floorShare } from "../domain/calibration.js";
import type { GeneratorSummary } from "../domain/generator.js";
import type { MeasureResult } from "../domain/measure-result.js";
import { formatMs } from "./format-ms.js";

/** The generator's account of itself in one line. */
export const generatorText = (generator: GeneratorSummary, clock: MeasureResult["clock"]): string => {
  const { utilization, eventLoopDelayMs: delay, gcMs } = generator;
  const parts = [
    `busy ${Math.round(utilization * 100)}% at most`,
    `loop delay p99 ${formatMs(delay.p99)} max ${formatMs(delay.max)}`,
    gcMs.count === 0 ? "no GC" : `GC ${formatMs(gcMs.total)} at most, longest pause ${formatMs(gcMs.max)}`,
  ];
  if (clock?.uncertaintyMs != null) {
    parts.push(`clock ± ${clock.uncertaintyMs < 0.001 ? "under 1 µs" : formatMs(clock.uncertaintyMs)}`);
  }
  return parts.join(", ");
};

/** By what the generator was bound and where, in words; null where it was not. */
export const boundText = ({ boundBy, boundIn, utilization }: GeneratorSummary): string | null => {
  if (boundBy === null || boundIn === null) return null;
  const where = `fleet process ${boundIn.shard}, broadcast ${boundIn.messageId}`;
  const what =
    boundBy === "utilization"
      ? `utilisation: ${where}: busy for ${Math.round(utilization * 100)}% of the time`
      : `loop delay: ${where}: one longer than half of the p99`;
  return `bound by ${what}; the times are not the platform's alone`;
};

/** The floor of this machine in one line, beside the measured p99. */
export const floorText = (calibration: CalibrationSummary, p99Ms: number | null): string => {
  const { floorMs, deliveriesPerSecond: rate } = calibration;
  const share = floorShare(calibration, p99Ms);
  return [
    `p50 ${formatMs(floorMs.p50)}  p99 ${formatMs(floorMs.p99)}  max ${formatMs(floorMs.max)}`,
    " on this machine with a null fan-out",
    rate === null ? "" : ` (${rate < 1000 ? rate : `${Math.round(rate / 1000)}k`}/s)`,
    share === null ? "" : `, ${Math.round(share * 100)}% of the measured p99`,
  ].join("");
};
