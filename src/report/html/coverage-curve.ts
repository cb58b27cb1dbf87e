import type { CoveragePlot, PlotLine } from "./page-model.js";
import type { PlottedBroadcast } from "./plotted-broadcast.js";

/** How many points the time axis has in even steps, and how many more in even ratios for the beginning of skewed runs. */
const EVEN_POINTS = 400;
const RATIO_POINTS = 240;

/** Above this ratio of the last arrival to the median, most of an even time axis would be empty. */
const SKEWED = 12;

type Line = Omit<PlottedBroadcast, "arrivals"> & { readonly role: PlotLine["role"] };

/** How many samples of ascending `us` were there by each of the ascending `moments`. */
const countsBy = ({ times: { us, upTo }, negative }: Line, moments: readonly number[]): number[] => {
  let next = 0;
  return moments.map((moment) => {
    while (next < us.length && (us[next] as number) <= moment) next++;
    return negative + (next === 0 ? 0 : (upTo[next - 1] as number));
  });
};

/** The moment, µs, when a share of the expected had it, and null where so many never did. */
const momentOf = ({ times: { us, upTo }, negative, expected }: Line, share: number): number | null => {
  const rank = Math.max(1, Math.ceil(Number((share * (expected ?? 0)).toFixed(6)))) - negative;
  const i = rank < 1 ? -1 : upTo.findIndex((count) => count >= rank);
  return us[i] ?? null;
};

/**
 * Coverage over time of the lines whose expected are known: at every plotted moment the exact number that had it, to the
 * histogram's three digits of time. Null where there is nothing to draw.
 */
export const coverageCurve = (lines: readonly Line[]): CoveragePlot | null => {
  const known = lines.filter(({ expected, samples }) => expected !== null && expected > 0 && samples > 0);
  const first = Math.min(...known.map(({ times }) => times.us[0] ?? Number.POSITIVE_INFINITY));
  const last = Math.max(...known.map(({ times }) => times.us.at(-1) ?? 0));
  if (known.length === 0) return null;
  const worst = known.find(({ role }) => role === "worst") ?? (known[0] as Line);
  const marks = [0.5, 0.9, 0.99, 0.999].flatMap((share) => {
    const us = momentOf(worst, share);
    return us === null ? [] : [{ share, ms: us / 1000 }];
  });
  const from = Math.max(first, 1);
  const moments = new Set<number>([0, first, last, ...marks.map(({ ms }) => Math.round(ms * 1000))]);
  for (let i = 1; i < EVEN_POINTS; i++) moments.add(Math.round((last * i) / EVEN_POINTS));
  for (let i = 1; i < RATIO_POINTS; i++) moments.add(Math.round(from * (last / from) ** (i / RATIO_POINTS)));
  const x = [...moments].sort((a, b) => a - b);
  const all = known.find(({ role }) => role === "all") ?? worst;
  const median = momentOf({ ...all, expected: all.samples, negative: 0 }, 0.5) ?? last;
  return {
    x: x.map((us) => us / 1000),
    lines: known.map((line) => ({
      label: line.label,
      role: line.role,
      y: countsBy(line, x).map((count) => Number(((100 * count) / (line.expected as number)).toFixed(4))),
    })),
    marks,
    skewed: last > SKEWED * Math.max(median, 1),
  };
};
