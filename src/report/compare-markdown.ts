import type { Comparison } from "../domain/comparison.js";
import { countText } from "./count-text.js";
import { formatDifference, formatFraction, formatInterval, formatValue, resamplingText } from "./format-difference.js";
import { markdownCell, markdownCode, markdownTable } from "./markdown-text.js";

const MARKS: Readonly<Record<Comparison["verdict"], string>> = {
  pass: "✅ pass",
  fail: "❌ fail",
  invalid: "⚠️ invalid",
};

/** A comparison as Markdown for a merge request. What came from outside stands in code spans. */
export const compareMarkdown = (comparison: Comparison): string => {
  const { base, setup, account, times, resampling, limits, warnings, causes } = comparison;
  const wrong = account.filter(({ answer }) => answer !== "none");
  const parts = [
    `### iotb compare: ${MARKS[comparison.verdict]}`,
    `BASE ${markdownCode(base.name)} · ${countText(base.timed)} timed broadcasts · ${countText(base.deliveries)} deliveries  \nNEW ${markdownCode(comparison.new.name)} · ${countText(comparison.new.timed)} timed broadcasts · ${countText(comparison.new.deliveries)} deliveries`,
    listOf(null, causes),
    wrong.length === 0
      ? "Complete on both sides: nothing missing, stray or corrupt."
      : markdownTable(
          ["account", "BASE", "NEW", ""],
          wrong.map((one) => [
            one.kind,
            `${countText(one.base)} / ${countText(one.baseOf)}`,
            `${countText(one.new)} / ${countText(one.newOf)}`,
            one.regression ? `**${one.answer}**` : one.answer,
          ]),
        ),
    times === null
      ? "The times were not compared."
      : markdownTable(
          ["times", "BASE", "NEW", "difference", "relative", "95 % interval", ""],
          times.map((time) => [
            time.label,
            formatValue(time.base, time.unit),
            formatValue(time.new, time.unit),
            formatDifference(time.difference, time.unit),
            time.difference === null ? "" : formatFraction(time.relative),
            formatInterval(time),
            time.answer === "slower" || time.answer === "faster" ? `**${time.answer}**` : time.answer,
          ]),
        ),
    resampling === null
      ? null
      : `${resamplingText([base.timed, comparison.new.timed], resampling.resamples, resampling.seed)}.`,
    limits.length === 0
      ? null
      : markdownTable(
          ["limit", "", ""],
          limits.map(({ expression, result, why }) => [markdownCell(expression), result, markdownCell(why)]),
        ),
    listOf(
      "The set-ups differ:",
      setup.differences.map(
        ({ what, base: from, new: to, grave }) => `${what}: ${from} → ${to}${grave ? " (unlike)" : ""}`,
      ),
    ),
    listOf("Warnings:", warnings),
  ];
  return `${parts.filter((part) => part !== null).join("\n\n")}\n`;
};

const listOf = (heading: string | null, texts: readonly string[]): string | null => {
  if (texts.length === 0) return null;
  const list = texts.map((text) => `- ${markdownCode(text)}`).join("\n");
  return heading === null ? list : `${heading}\n\n${list}`;
};
