import type UPlot from "uplot";
import type { PlotData, PlotLine } from "../page-model.js";
import { element } from "./element.js";
import type { Theme } from "./theme.js";

/** The library, which the page holds in a script before this one. */
declare const uPlot: typeof UPlot;

/** A plot: its data and how its axes are read. */
export type PlotSpec = {
  /** What is plotted, for whoever cannot see it; the figures stand in a table beside it. */
  readonly label: string;
  readonly data: PlotData;
  readonly xText: (x: number) => string;
  readonly yText: (y: number) => string;
  /** At the axis, where it is written otherwise than in the readout. */
  readonly yTick?: (y: number) => string;
  /** How a moment under the pointer is told. */
  readonly xReadout: (x: number) => string;
  readonly scales: UPlot.Scales;
  readonly xSplits?: (min: number, max: number) => number[];
  readonly ySplits?: number[];
  /** Values hold until the next one, as those of bins do. */
  readonly stepped?: boolean;
  readonly marks?: readonly { readonly x: number; readonly y: number }[];
};

const HEIGHT = 300;
const PRINT_WIDTH = 680;
const ROLE_WIDTH: Readonly<Record<PlotLine["role"], number>> = { all: 2.5, worst: 2, one: 1 };

const roleOf = (line: PlotLine, data: PlotData): PlotLine["role"] => (data.lines.length === 1 ? "all" : line.role);

/** Called with the line nearest to the pointer, as a place in the data, or null. */
type Read = (plot: UPlot, nearest?: number | null) => void;

const optionsOf = (spec: PlotSpec, theme: Theme, width: number, read: Read): UPlot.Options => {
  const axis = { stroke: theme.colour("soft"), font: "12px system-ui, sans-serif", ticks: { show: false } };
  const grid = { stroke: theme.colour("grid"), width: 1 };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const { xSplits, ySplits, marks = [] } = spec;
  const texts = (text: (value: number) => string) => (_: UPlot, values: (number | null)[]) =>
    values.map((value) => (value === null ? "" : text(value)));
  const drawMarks = ({ ctx, valToPos }: UPlot) => {
    ctx.fillStyle = theme.colour("line-worst");
    ctx.strokeStyle = theme.colour("panel");
    ctx.lineWidth = 2 * devicePixelRatio;
    for (const { x, y } of marks) {
      ctx.beginPath();
      ctx.arc(valToPos(x, "x", true), valToPos(y, "y", true), 5 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  };
  return {
    width,
    height: HEIGHT,
    scales: spec.scales,
    legend: { show: false },
    cursor: { y: false, focus: { prox: 24 }, drag: { x: true, y: false } },
    focus: { alpha: 0.35 },
    axes: [
      {
        ...axis,
        grid,
        size: 30,
        space: 72,
        values: texts(spec.xText),
        // a logarithmic axis leaves labels out by a filter of its own
        ...(xSplits
          ? {
              splits: (_: UPlot, __: number, min: number, max: number) => xSplits(min, max),
              filter: (_: UPlot, splits: number[]) => splits,
            }
          : {}),
      },
      {
        ...axis,
        grid,
        size: 62,
        values: texts(spec.yTick ?? spec.yText),
        ...(ySplits ? { splits: () => ySplits } : {}),
      },
    ],
    series: [
      {},
      ...spec.data.lines.map((line): UPlot.Series => {
        const role = roleOf(line, spec.data);
        return {
          label: line.label,
          stroke: theme.colour(`line-${role}`),
          width: ROLE_WIDTH[role],
          points: { show: false },
          ...(role === "worst" ? { dash: [7, 4] } : {}),
          ...(spec.stepped && stepped ? { paths: stepped } : {}),
          ...(spec.stepped && role === "all" ? { fill: theme.colour("line-fill") } : {}),
        };
      }),
    ],
    hooks: {
      draw: [drawMarks],
      setCursor: [(plot) => read(plot)],
      setSeries: [
        (plot, i, change) => read(plot, "focus" in change && change.focus === true && i !== null ? i - 1 : null),
      ],
    },
  };
};

/** The names of the lines, each beside a piece of it. */
const legendOf = (data: PlotData, hasMarks: boolean): HTMLElement => {
  const item = (role: string, text: string) =>
    element("li", {}, element("span", { class: `swatch ${role}`, "aria-hidden": "true" }), text);
  const others = data.lines.filter((line) => roleOf(line, data) === "one");
  const named = data.lines.filter((line) => roleOf(line, data) !== "one").reverse();
  return element(
    "ul",
    { class: "legend" },
    ...named.map((line) => item(roleOf(line, data), line.role === "worst" ? `${line.label}, the worst` : line.label)),
    others.length === 0
      ? null
      : item("one", others.length === 1 ? (others[0]?.label ?? "") : `${others.length} other broadcasts`),
    hasMarks ? item("mark", "50, 90, 99 and 99.9 % reached") : null,
  );
};

/** The values under the pointer in words: the lines that matter, and the one that is nearest. */
const readoutOf = ({ data, xReadout, yText }: PlotSpec, { cursor }: UPlot, nearest: number | null): string => {
  const at = cursor.idx;
  const x = at == null ? undefined : data.x[at];
  if (at == null || x === undefined) return "";
  const told = data.lines.filter((line, i) => roleOf(line, data) !== "one" || i === nearest);
  const parts = told.reverse().flatMap(({ label, y }) => {
    const value = y[at];
    return value == null ? [] : [`${label} ${yText(value)}`];
  });
  return `${xReadout(x)}: ${parts.join(", ")}`;
};

/** A plot that follows the width of the page and its colours. `change` draws another instead. */
export const plotFigure = (theme: Theme, first: PlotSpec): { node: HTMLElement; change(spec: PlotSpec): void } => {
  let spec = first;
  let plot: UPlot | null = null;
  const readout = element("p", { class: "readout", "aria-hidden": "true" });
  const canvas = element("div", { class: "plot", role: "img", "aria-label": spec.label });
  const node = element("figure", {}, legendOf(spec.data, (spec.marks ?? []).length > 0), canvas, readout);
  let nearest: number | null = null;
  const read: Read = (drawn, line = nearest) => {
    nearest = line;
    readout.textContent = readoutOf(spec, drawn, nearest);
  };
  const draw = () => {
    const width = theme.isPrinting() ? PRINT_WIDTH : canvas.clientWidth;
    if (width === 0) return;
    plot?.destroy();
    plot = new uPlot(
      optionsOf(spec, theme, width, read),
      [[...spec.data.x], ...spec.data.lines.map(({ y }) => [...y])],
      canvas,
    );
  };
  theme.onChange(draw);
  new ResizeObserver(() => {
    if (theme.isPrinting()) return;
    if (plot === null) draw();
    else if (plot.width !== canvas.clientWidth) plot.setSize({ width: canvas.clientWidth, height: HEIGHT });
  }).observe(canvas);
  return {
    node,
    change: (other) => {
      spec = other;
      draw();
    },
  };
};
