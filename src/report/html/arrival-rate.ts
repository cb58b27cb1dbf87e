import { type ArrivalBins, BIN_US } from "../../domain/arrival-bins.js";
import type { ArrivalPlot } from "./page-model.js";

/** How many bins are plotted at most. */
const BINS_KEPT = 1000;

/** How many bins of 10 ms are drawn as one: the least of 1, 2, 5, 10, … that leaves few enough. */
const widthFor = (bins: number): number => {
  for (let decade = 1; ; decade *= 10) {
    for (const step of [1, 2, 5]) if (bins <= BINS_KEPT * step * decade) return step * decade;
  }
};

const endOf = ({ firstBin, counts }: ArrivalBins): number => firstBin + counts.length;

/** Adjacent bins added together, so that none is lost. */
const coarsened = (parts: readonly ArrivalBins[], width: number, length: number): Float64Array => {
  const sums = new Float64Array(length);
  for (const { firstBin, counts } of parts) {
    for (let i = 0; i < counts.length; i++) {
      const bin = Math.floor((firstBin + i) / width);
      sums[bin] = (sums[bin] as number) + (counts[i] as number);
    }
  }
  return sums;
};

/**
 * Deliveries a second since due: the average of all timed broadcasts, and the worst where it is one of several. Null where
 * nothing was delivered.
 */
export const arrivalRate = (
  all: readonly ArrivalBins[],
  worst: { readonly label: string; readonly arrivals: ArrivalBins } | null,
): ArrivalPlot | null => {
  const end = all.reduce((most, bins) => (bins.counts.length === 0 ? most : Math.max(most, endOf(bins))), 0);
  if (end === 0) return null;
  const width = widthFor(end);
  const length = Math.ceil(end / width);
  const binMs = (width * BIN_US) / 1000;
  // one more, where the last bin ends
  const x = Array.from({ length: length + 1 }, (_, i) => i * binMs);
  const rates = (parts: readonly ArrivalBins[]) => [
    ...Array.from(coarsened(parts, width, length), (count) =>
      Number(((count * 1000) / binMs / parts.length).toFixed(3)),
    ),
    0,
  ];
  const average = { label: all.length === 1 ? "deliveries" : "average broadcast", role: "all" as const, y: rates(all) };
  return {
    x,
    binMs,
    lines:
      worst === null || all.length === 1
        ? [average]
        : [average, { label: worst.label, role: "worst", y: rates([worst.arrivals]) }],
  };
};
