import type { ChalkInstance } from "chalk";
import type { ComparedCount } from "../domain/compared-account.js";
import type { ComparedRun, ComparedTime, Comparison, LimitResult } from "../domain/comparison.js";
import { escapeControls } from "../domain/escape-controls.js";
import { countText } from "./count-text.js";
import { formatDifference, formatFraction, formatInterval, formatValue, resamplingText } from "./format-difference.js";

/** The width of the labels at the left. */
const LABEL = 11;

/**
 * A comparison for people: both runs, what differs in their set-ups, the account, one table of times, limits, verdict. What the
 * directories say in words is escaped.
 */
export const compareText = (paint: ChalkInstance, comparison: Comparison): string => {
  const { setup, account, times, resampling, base, limits } = comparison;
  const lines: string[] = [];
  const line = (name: string, text: string) => lines.push(`${paint.bold(name.padEnd(LABEL))}${text}`);
  const several = (name: string, texts: readonly string[]) => {
    for (const [i, text] of texts.entries()) line(i === 0 ? name : "", text);
  };
  line("BASE", runText(base));
  line("NEW", runText(comparison.new));
  several(
    "set-up",
    setup.differences.map(({ what, base: from, new: to, grave }) => {
      const text = `${what}: ${escapeControls(from)} → ${escapeControls(to)}`;
      return grave ? paint.red(`${text}  UNLIKE`) : text;
    }),
  );
  several("account", accountLines(paint, account));
  lines.push("");
  if (times === null) line("times", "not compared");
  else lines.push(...timesTable(paint, times));
  if (times !== null) {
    const text =
      resampling === null
        ? "not enough broadcasts to tell a difference from chance"
        : resamplingText([base.timed, comparison.new.timed], resampling.resamples, resampling.seed);
    lines.push(paint.dim(text), "");
  }
  several(
    "limit",
    limits.map((limit) => limitText(paint, limit)),
  );
  for (const warning of comparison.warnings) line("warning", paint.yellow(escapeControls(warning)));
  const word = comparison.verdict.toUpperCase();
  line("verdict", comparison.verdict === "pass" ? paint.green.bold(word) : paint.red.bold(word));
  for (const cause of comparison.causes) line("", escapeControls(cause));
  return lines.join("\n");
};

const runText = ({ name, verdict, iotb, startedAtUs, timed, deliveries, hash }: ComparedRun): string =>
  [
    escapeControls(name),
    `${new Date(startedAtUs / 1000).toISOString().slice(0, 19)}Z`,
    `iotb ${escapeControls(iotb)}`,
    `${countText(timed)} timed broadcasts, ${countText(deliveries)} deliveries`,
    verdict,
    escapeControls(hash.slice(0, 12)),
  ].join("  ");

/** What went wrong on either side, in a line each; one line where nothing did. */
const accountLines = (paint: ChalkInstance, account: readonly ComparedCount[]): readonly string[] => {
  const lines = account
    .filter(({ answer }) => answer !== "none")
    .map(({ kind, base, new: fresh, baseOf, newOf, answer, regression }) => {
      const text = `${kind}: ${countText(base)} of ${countText(baseOf)} → ${countText(fresh)} of ${countText(newOf)}  ${answer}`;
      return regression ? paint.red(`${text}  REGRESSION`) : text;
    });
  return lines.length > 0 ? lines : ["complete on both sides: nothing missing, stray or corrupt"];
};

const timesTable = (paint: ChalkInstance, times: readonly ComparedTime[]): readonly string[] => {
  const rows = times.map((time) => [
    time.label,
    formatValue(time.base, time.unit),
    formatValue(time.new, time.unit),
    formatDifference(time.difference, time.unit),
    time.difference === null ? "" : formatFraction(time.relative),
    formatInterval(time),
    time.why === null ? time.answer : `${time.answer} (${time.why})`,
  ]);
  const table = [["", "BASE", "NEW", "difference", "relative", "95 % interval", ""], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  return table.map((row, at) => {
    const cells = widths.map((width, i) => (i === 0 ? row[i]?.padEnd(width) : row[i]?.padStart(width))).join("  ");
    const text = `${cells}  ${row[6]}`.trimEnd();
    const answer = times[at - 1]?.answer;
    if (answer === "slower") return paint.red(text);
    if (answer === "faster") return paint.green(text);
    return at === 0 ? paint.dim(text) : text;
  });
};

const limitText = (paint: ChalkInstance, { expression, result, why }: LimitResult): string => {
  const mark = { met: paint.green("met"), exceeded: paint.red("EXCEEDED"), undecided: paint.yellow("UNDECIDED") }[
    result
  ];
  return `${expression}  ${mark}  ${why}`;
};
