import type { ComparedTime } from "../domain/comparison.js";
import { grouped } from "../domain/counted.js";
import { formatMs } from "./format-ms.js";

type Unit = ComparedTime["unit"];

/** A rate for people. */
const formatRate = (perSecond: number): string =>
  `${perSecond.toLocaleString("en-US", { maximumFractionDigits: perSecond < 100 ? 1 : 0 })}/s`;

/** A value of a comparison for people; a dash where it is not known. */
export const formatValue = (value: number | null, unit: Unit): string =>
  value === null ? "–" : unit === "ms" ? formatMs(value) : formatRate(value);

const signed = (value: number, text: string): string => (value === 0 ? text : `${value < 0 ? "−" : "+"}${text}`);

/** A difference for people, with its sign. */
export const formatDifference = (value: number | null, unit: Unit): string =>
  value === null ? "–" : signed(value, formatValue(Math.abs(value), unit));

/** A fraction for people, in percent, with its sign; a dash where it is not known. */
export const formatFraction = (fraction: number | null): string => {
  if (fraction === null || !Number.isFinite(fraction)) return "–";
  const percent = Math.abs(fraction * 100);
  const text = percent.toFixed(percent < 9.95 ? 1 : 0);
  return Number(text) === 0 ? `${text} %` : signed(fraction, `${text} %`);
};

/** The 95 % interval of a difference, relative where that is known. */
export const formatInterval = ({ relativeInterval, interval, unit }: ComparedTime): string => {
  if (relativeInterval !== null)
    return `${formatFraction(relativeInterval.low)} … ${formatFraction(relativeInterval.high)}`;
  return interval === null ? "" : `${formatDifference(interval.low, unit)} … ${formatDifference(interval.high, unit)}`;
};

/** How chance was judged, in words. */
export const resamplingText = (broadcasts: readonly [number, number], resamples: number, seed: number): string =>
  `95 % intervals by ${grouped(resamples)} resamples of whole broadcasts (${broadcasts[0]} and ${broadcasts[1]}), seed ${seed}`;
