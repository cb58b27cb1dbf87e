import type { PageData, PlotData } from "../page-model.js";
import { plainTable } from "./data-table.js";
import { type Content, element, section, split } from "./element.js";
import { msText, msTick, percentText } from "./figures.js";
import { type PlotSpec, plotFigure } from "./plot-figure.js";
import type { Theme } from "./theme.js";

/** 1/(1-p) as the percentile: 1000 is 99.9 %. */
const quantileText = (place: number): string => {
  const digits = Math.max(2, Math.ceil(Math.log10(place)) + 1);
  return `${Number((100 - 100 / place).toFixed(digits))} %`;
};

const places = (_: number, max: number): number[] => {
  const found = [2];
  for (let place = 10; place <= max * 1.0001; place *= 10) found.push(place);
  return found;
};

const specOf = (data: PlotData, logarithmic: boolean): PlotSpec => ({
  label: "Distribution of the times from due to receipt, by percentile; each further nine is as wide as the one before",
  data: {
    x: data.x,
    // a logarithmic axis has no place for 0
    lines: data.lines.map((line) => ({
      ...line,
      y: logarithmic ? line.y.map((ms) => (ms === null ? null : Math.max(ms, 0.001))) : line.y,
    })),
  },
  xText: quantileText,
  yTick: msTick,
  yText: msText,
  xReadout: (place) => quantileText(place),
  scales: {
    x: { time: false, distr: 3, range: (_, min, max) => [min, Math.max(max, min * 2)] },
    y: logarithmic ? { distr: 3 } : { range: (_, __, max) => [0, (max || 1) * 1.05] },
  },
  xSplits: places,
});

/** Whether the slowest would press everything else to the floor. */
const isSkewed = ({ latencyMs: { p50, max } }: PageData["summary"]["total"]): boolean =>
  p50 !== null && max !== null && max > 20 * p50;

const plotOf = (plot: PlotData, data: PageData, theme: Theme): Content[] => {
  const skewed = isSkewed(data.summary.total);
  const figure = plotFigure(theme, specOf(plot, skewed));
  const box = element("input", { type: "checkbox" });
  box.checked = skewed;
  box.addEventListener("change", () => figure.change(specOf(plot, box.checked)));
  return [element("p", { class: "controls" }, element("label", {}, box, " Logarithmic times")), figure.node];
};

const ROWS = [
  ["Fastest", "min"],
  [percentText(0.5), "p50"],
  [percentText(0.9), "p90"],
  [percentText(0.95), "p95"],
  [percentText(0.99), "p99"],
  [percentText(0.999), "p999"],
  ["Slowest", "max"],
  ["Mean", "mean"],
] as const;

/** The distribution of times on an HDR axis. */
export const latencySection = (data: PageData, theme: Theme): HTMLElement => {
  const { latencyMs, negativeLatencies } = data.summary.total;
  return section(
    "latency",
    "Latency by percentile",
    "From when a broadcast was due to each receipt, API call included, losses left out. The axis is HdrHistogram's: 90 %, 99 %, 99.9 % are equally far apart, so the slow few have as much room as the many. A line ends at the last percentile that its deliveries can tell.",
    data.latency === null
      ? element("p", { class: "empty" }, "Nothing was delivered in a timed broadcast, so no time is known.")
      : split(
          plotOf(data.latency, data, theme),
          plainTable(
            "Times of all timed deliveries",
            [
              { heading: "Deliveries", cell: ([name]) => name },
              { heading: "Had it in", numeric: true, cell: ([, key]) => msText(latencyMs[key]) },
            ],
            ROWS,
          ),
        ),
    negativeLatencies === 0
      ? null
      : element(
          "p",
          { class: "bad" },
          `${negativeLatencies} receipts seem earlier than their sending, which only a clock error explains; they are in no figure here.`,
        ),
  );
};
