import type { Answer, Metric, Ratio, Series } from "./question.js";
import { spreadOverRuns } from "./spread.js";

const ALIGNED_LEFT = 2;

const rowOf = ({ label, runs }: Series, { key, name, unit, digits }: Metric, first: boolean): string[] => {
  const show = (value: number) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const { median, min, max } = spreadOverRuns(runs, key);
  return [first ? label : "", unit === "" ? name : `${name}, ${unit}`, show(median), show(min), show(max)];
};

/** Whether a ratio is what is required of it. */
export const isMet = ({ value, atMost, atLeast }: Ratio): boolean =>
  (atMost === null || value <= atMost) && (atLeast === undefined || value >= atLeast);

const ratioLine = (ratio: Ratio): string => {
  const { name, value, atMost, atLeast } = ratio;
  const bounds = [
    ...(atMost === null ? [] : [`≤ ${atMost.toFixed(2)}`]),
    ...(atLeast === undefined ? [] : [`≥ ${atLeast.toFixed(2)}`]),
  ];
  const required = bounds.length === 0 ? "" : `  required ${bounds.join(", ")}: ${isMet(ratio) ? "met" : "NOT MET"}`;
  return `ratio  ${name} = ${value.toFixed(3)}${required}`;
};

/** An answer as a Markdown table, one row a figure, with its ratios, notes and what was skipped below. */
export const answerTable = ({ series, ratios, notes = [], skipped = [] }: Answer): string => {
  const head = ["", "figure", "median", "min", "max"];
  const rows = series.flatMap((one) => one.metrics.map((metric, i) => rowOf(one, metric, i === 0)));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i < ALIGNED_LEFT ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, i) => (i < ALIGNED_LEFT ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const lines = [
    ...ratios.map(ratioLine),
    ...notes.map((text) => `note  ${text}`),
    ...skipped.map((text) => `skip  ${text}`),
  ];
  const below = lines.length === 0 ? [] : ["", ...lines];
  return [line(head), line(rule), ...rows.map(line), ...below].join("\n");
};
