import type { RecordedTimes } from "../../domain/histogram.js";
import type { PlotData, PlotLine } from "./page-model.js";
import type { PlottedBroadcast } from "./plotted-broadcast.js";

/** Points for each doubling of 1/(1-p). */
const POINTS_A_DOUBLING = 16;

type Line = Omit<PlottedBroadcast, "arrivals"> & { readonly role: PlotLine["role"] };

/** The places on the axis that have a point: 1/(1-p) from the fastest to the last quantile that so many samples tell. */
const placesFor = (samples: number): number[] => {
  const places = new Set<number>([1, samples]);
  for (let i = 1; 2 ** (i / POINTS_A_DOUBLING) < samples; i++) {
    places.add(Number((2 ** (i / POINTS_A_DOUBLING)).toPrecision(7)));
  }
  for (let power = 10; power <= samples; power *= 10) places.add(power);
  return [...places].sort((a, b) => a - b);
};

/** The time of a rank, µs; ranks are asked for in ascending order. */
const rankReader = ({ us, upTo }: RecordedTimes): ((rank: number) => number | null) => {
  let at = 0;
  return (rank) => {
    while (at < upTo.length && (upTo[at] as number) < rank) at++;
    return us[at] ?? null;
  };
};

const timesAt = ({ times, samples }: Line, places: readonly number[]): (number | null)[] => {
  const read = rankReader(times);
  return places.map((place) => {
    // the quantile 1 - 1/place by nearest rank; not known where less than one sample lies above it
    if (place > samples) return null;
    const us = read(Math.max(1, Math.ceil(Number((samples - samples / place).toFixed(6)))));
    return us === null ? null : us / 1000;
  });
};

/**
 * The distribution of times on an HDR axis: x is 1/(1-p), so that each further nine is as wide as the one before; y in ms. A
 * line ends at the last quantile that its samples tell. Null where nothing was delivered.
 */
export const latencyCurve = (lines: readonly Line[]): PlotData | null => {
  const filled = lines.filter(({ samples }) => samples > 0);
  if (filled.length === 0) return null;
  const x = placesFor(Math.max(...filled.map(({ samples }) => samples)));
  return { x, lines: filled.map((line) => ({ label: line.label, role: line.role, y: timesAt(line, x) })) };
};
