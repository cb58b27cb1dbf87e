import { counted } from "../domain/counted.js";
import type { MeasureResult } from "../domain/measure-result.js";
import type { ReportRun } from "../domain/report-run.js";
import type { RunAccount } from "../domain/run-record.js";
import { countText } from "./count-text.js";
import { formatMs } from "./format-ms.js";
import { markdownCell, markdownCode, markdownTable } from "./markdown-text.js";

/** How many missing devices are listed: a comment on a merge request may not be longer than some 65,000 characters. */
const DEVICES_SHOWN = 500;

/** How many broadcasts have a row of their own. */
const BROADCASTS_SHOWN = 50;

const MARKS: Readonly<Record<MeasureResult["verdict"], string>> = {
  pass: "✅ pass",
  fail: "❌ fail",
  invalid: "⚠️ invalid",
  error: "❌ error",
  interrupted: "⚠️ interrupted",
};

/**
 * A run as Markdown for a merge request: the verdict and what speaks against a pass, the broadcasts, the thresholds, and the
 * missing devices folded away. Whatever came from outside stands in code spans: it can neither format, link nor mention anybody.
 */
export const renderMarkdown = ({ summary, account }: ReportRun): string => {
  const { target, total, causes, warnings } = summary;
  const product = target.productKey === null ? "" : ` · product ${markdownCode(target.productKey)}`;
  const parts = [
    `### iotb measure: ${MARKS[summary.verdict]}`,
    `${target.kind}${product} · ${countText(total.broadcasts)} broadcasts · delivered ${countText(total.delivered)} of ${countText(total.expected)} expected`,
    listOf(causes),
    total.broadcasts === 0 ? null : broadcastTable(summary),
    thresholdTable(summary),
    missingDevices(account),
    warnings.length === 0 ? null : `Warnings:\n\n${listOf(warnings)}`,
  ];
  return `${parts.filter((part) => part !== null).join("\n\n")}\n`;
};

const listOf = (texts: readonly string[]): string | null =>
  texts.length === 0 ? null : texts.map((text) => `- ${markdownCode(text)}`).join("\n");

const broadcastTable = ({ broadcasts, total }: MeasureResult): string => {
  const row = (
    name: string,
    counts: MeasureResult["broadcasts"][number] | MeasureResult["total"],
    api: number | null,
  ): string[] => [
    name,
    `${countText(counts.delivered)} / ${countText(counts.expected)}`,
    countText(counts.missing),
    countText(counts.excused),
    countText(counts.duplicates),
    countText(counts.strays),
    formatMs(counts.latencyMs.p50),
    formatMs(counts.latencyMs.p99),
    formatMs(counts.latencyMs.max),
    formatMs(counts.coverageMs.p999),
    formatMs(api),
  ];
  const hidden = broadcasts.length - BROADCASTS_SHOWN;
  const table = markdownTable(
    [
      "broadcast",
      "delivered",
      "missing",
      "excused",
      "duplicates",
      "strays",
      "p50",
      "p99",
      "max",
      "99.9% have it",
      "API",
    ],
    [
      ...broadcasts
        .slice(0, BROADCASTS_SHOWN)
        .map((broadcast) =>
          row(`${markdownCell(broadcast.messageId)}${broadcast.warmup ? " warm-up" : ""}`, broadcast, broadcast.apiMs),
        ),
      row("**all**", total, total.apiMs.p50),
    ],
  );
  return hidden > 0 ? `${table}\n\n${countText(hidden)} more broadcasts are counted in the last row only.` : table;
};

const thresholdTable = ({ thresholds }: MeasureResult): string | null =>
  thresholds.length === 0
    ? null
    : markdownTable(
        ["threshold", "observed", "met"],
        thresholds.map(({ expression, observed, pass }) => [
          markdownCell(expression),
          observed === null ? "not known" : String(observed),
          pass ? "yes" : "**no**",
        ]),
      );

/** Each missing device with how many broadcasts it missed, most first. */
const missingDevices = ({ broadcasts }: RunAccount): string | null => {
  const missed = new Map<string, number>();
  for (const { devices } of broadcasts) {
    for (const { deviceName } of devices.missing) missed.set(deviceName, (missed.get(deviceName) ?? 0) + 1);
  }
  if (missed.size === 0) return null;
  const rows = [...missed].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const hidden = rows.length - DEVICES_SHOWN;
  return [
    "<details>",
    `<summary>${counted(missed.size, "missing device")}</summary>`,
    "",
    markdownTable(
      ["device", "broadcasts missed"],
      rows.slice(0, DEVICES_SHOWN).map(([name, count]) => [markdownCell(name), countText(count)]),
    ),
    ...(hidden > 0 ? ["", `and ${countText(hidden)} more: all are in missing.csv of the run directory`] : []),
    "",
    "</details>",
  ].join("\n");
};
