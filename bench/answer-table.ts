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
export const isMet = ({ value, atMost }: Ratio): boolean => atMost === null || value <= atMost;

const ratioLine = (ratio: Ratio): string => {
  const required =
    ratio.atMost === null ? "" : `  required ≤ ${ratio.atMost.toFixed(2)}: ${isMet(ratio) ? "met" : "NOT MET"}`;
  return `ratio  ${ratio.name} = ${ratio.value.toFixed(3)}${required}`;
};

/** An answer as a Markdown table, one row a figure, with its ratios below. */
export const answerTable = ({ series, ratios }: Answer): string => {
  const head = ["", "figure", "median", "min", "max"];
  const rows = series.flatMap((one) => one.metrics.map((metric, i) => rowOf(one, metric, i === 0)));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i < ALIGNED_LEFT ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, i) => (i < ALIGNED_LEFT ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const below = ratios.length === 0 ? [] : ["", ...ratios.map(ratioLine)];
  return [line(head), line(rule), ...rows.map(line), ...below].join("\n");
};
