import type { CoveragePlot, CoverageRow, PageData } from "../page-model.js";
import { type Column, plainTable } from "./data-table.js";
import { type Content, element, section, split } from "./element.js";
import { msText, msTick, percentText } from "./figures.js";
import { type PlotSpec, plotFigure } from "./plot-figure.js";
import type { Theme } from "./theme.js";

/** A time that was reached, or never. */
const column = (heading: string, of: (row: CoverageRow) => number | null): Column<CoverageRow> => ({
  heading,
  numeric: true,
  cell: (row) => (of(row) === null ? "never" : msText(of(row))),
  mark: (row) => (of(row) === null ? "some missing" : ""),
});

const columnsFor = (timed: number): readonly Column<CoverageRow>[] => [
  { heading: "Of the expected", cell: ({ share }) => percentText(share) },
  ...(timed > 1 ? [column("Best", ({ best }) => best), column("Median", ({ median }) => median)] : []),
  column(timed > 1 ? "Worst broadcast" : "Had it in", ({ worst }) => worst),
];

const whyNone = ({ coverageRows }: PageData): string =>
  coverageRows.length === 0
    ? "Coverage is not known: nobody can tell which devices were expected."
    : "Nothing was delivered in a timed broadcast, so there is no curve.";

/** The plot on an even or a logarithmic time axis, which has no place for 0. */
const specOf = (plot: CoveragePlot, logarithmic: boolean): PlotSpec => {
  const skipped = logarithmic ? plot.x.filter((ms) => ms <= 0).length : 0;
  const worst = plot.lines.find(({ role }) => role === "worst") ?? plot.lines[0];
  return {
    label: "Coverage over time: the share of the expected devices that had the broadcast, by the time since it was due",
    data: {
      x: plot.x.slice(skipped),
      lines: plot.lines.map((line) => ({ ...line, y: line.y.slice(skipped) })),
    },
    xText: msTick,
    yText: (percent) => `${Number(percent.toFixed(3))} %`,
    xReadout: (ms) => `${msText(ms)} after due`,
    scales: { x: { time: false, ...(logarithmic ? { distr: 3 as const } : {}) }, y: { range: [0, 101] } },
    ySplits: [0, 25, 50, 75, 100],
    marks: plot.marks.flatMap(({ ms }) => {
      const y = worst?.y[plot.x.findIndex((x) => x >= ms)];
      return y == null || (logarithmic && ms <= 0) ? [] : [{ x: ms, y }];
    }),
  };
};

const plotOf = (plot: CoveragePlot, theme: Theme): Content[] => {
  const figure = plotFigure(theme, specOf(plot, plot.skewed));
  const box = element("input", { type: "checkbox" });
  box.checked = plot.skewed;
  box.addEventListener("change", () => figure.change(specOf(plot, box.checked)));
  return [element("p", { class: "controls" }, element("label", {}, box, " Logarithmic time")), figure.node];
};

/** How many broadcasts have lines, where not all have. */
export const plottedText = ({ plotted, timed }: PageData): string =>
  plotted < timed
    ? ` ${plotted} of the ${timed} timed broadcasts have a line: the worst, the best, and others evenly between.`
    : "";

/** How long until how much of the expected fleet had it. */
export const coverageSection = (data: PageData, theme: Theme): HTMLElement => {
  return section(
    "coverage",
    "Coverage over time",
    `The share of the expected devices that had a broadcast by then, counted from when it was due. A line that stays below 100 % shows a loss.${plottedText(data)}`,
    split(
      data.coverage === null ? [element("p", { class: "empty" }, whyNone(data))] : plotOf(data.coverage, theme),
      data.coverageRows.length === 0
        ? null
        : plainTable("Time until a share of the expected devices had it", columnsFor(data.timed), data.coverageRows),
    ),
  );
};
