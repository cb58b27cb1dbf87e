import type { ChalkInstance } from "chalk";
import type { FleetSummary, MeasureResult } from "../domain/measure-result.js";
import type { BroadcastSummary, CoverageSummary, LatencySummary } from "../domain/summary.js";
import { countText } from "./count-text.js";
import { formatMs } from "./format-ms.js";
import { boundText, floorText, generatorText } from "./generator-text.js";
import { scenarioText } from "./scenario-text.js";

/** The width of the labels at the left. */
const LABEL = 11;

const label = (paint: ChalkInstance, text: string): string => paint.bold(text.padEnd(LABEL));

/** The fleet's line, once it is online; `seconds` null where only its summary is left. */
export const fleetLine = (paint: ChalkInstance, fleet: FleetSummary, seconds: number | null): string => {
  const rate = fleet.connectRate === null ? "" : `, ${countText(fleet.connectRate)} a second`;
  const failed = Object.entries(fleet.failed)
    .map(([reason, count]) => `${countText(count)} ${reason}`)
    .join(", ");
  return [
    label(paint, "fleet"),
    `${countText(fleet.online)}/${countText(fleet.requested)} online`,
    seconds === null ? rate : ` in ${seconds.toFixed(2)} s${rate}`,
    `, login p50 ${formatMs(fleet.connectMs.p50)} p99 ${formatMs(fleet.connectMs.p99)}`,
    fleet.processes > 1 ? `, ${fleet.processes} processes` : "",
    failed === "" ? "" : paint.red(`  not online: ${failed}`),
  ].join("");
};

/** The heading over the broadcasts' lines. */
export const broadcastHeading = (paint: ChalkInstance): string =>
  paint.dim(
    `${"broadcast".padEnd(LABEL)}${"message id".padEnd(21)}${"delivered".padStart(15)}${["p50", "p99", "max", "API call"].map((name) => name.padStart(10)).join("")}`,
  );

/** One broadcast's line, as soon as it has settled. */
export const broadcastLine = (paint: ChalkInstance, broadcast: BroadcastSummary, number: number): string => {
  const { latencyMs: latency } = broadcast;
  const whole = broadcast.delivered === broadcast.expected;
  const delivered = `${countText(broadcast.delivered)}/${countText(broadcast.expected)}`.padStart(15);
  const troubles = (["missing", "excused", "unknown", "duplicates", "strays", "corrupt"] as const)
    .filter((name) => (broadcast[name] ?? 0) > 0)
    .map((name) => `${name} ${countText(broadcast[name])}`)
    .join(", ");
  return [
    `${number}${broadcast.warmup ? " warm-up" : ""}`.padEnd(LABEL),
    broadcast.messageId.padEnd(21),
    whole ? delivered : paint.red(delivered),
    [latency.p50, latency.p99, latency.max, broadcast.apiMs].map((ms) => formatMs(ms).padStart(10)).join(""),
    troubles === "" ? "" : paint.yellow(`  ${troubles}`),
  ].join("");
};

const latencyLine = (latency: LatencySummary): string =>
  (["min", "p50", "p90", "p95", "p99", "p999", "max"] as const)
    .map((name) => `${name} ${formatMs(latency[name])}`)
    .join("  ");

const coverageLine = (coverage: CoverageSummary): string =>
  (
    [
      ["50%", coverage.p50],
      ["90%", coverage.p90],
      ["99%", coverage.p99],
      ["99.9%", coverage.p999],
      ["100%", coverage.p100],
    ] as const
  )
    .map(([share, ms]) => `${share} ${ms === null ? "never" : `in ${formatMs(ms)}`}`)
    .join("  ");

/** What the run came to: everything after the broadcasts' lines, one screen with them. `next` is the one thing to do now. */
export const summaryText = (paint: ChalkInstance, result: MeasureResult, next: string): string => {
  const { total, generator, calibration, clock } = result;
  const lines: string[] = [""];
  const line = (name: string, text: string) => lines.push(`${label(paint, name)}${text}`);
  if (total.broadcasts > 0) {
    line("latency", `${latencyLine(total.latencyMs)}   due → receipt`);
    const coverage = `${coverageLine(total.coverageMs)}   of the expected, worst broadcast`;
    line("coverage", total.expected === null ? "not known" : coverage);
    line(
      "account",
      `expected ${countText(total.expected)} = delivered ${countText(total.delivered)} + missing ${countText(total.missing)} + excused ${countText(total.excused)} + unknown ${countText(total.unknown)}`,
    );
    line(
      "",
      `duplicates ${countText(total.duplicates)}  latecomers ${countText(total.latecomers)}  strays ${countText(total.strays)}  corrupt ${countText(total.corrupt)}  foreign ${countText(total.foreign)}`,
    );
  }
  const missing = [...new Set(result.broadcasts.flatMap((broadcast) => broadcast.missingDevices))];
  if (missing.length > 0) line("missing", paint.red(missing.slice(0, 8).join(" ") + (missing.length > 8 ? " …" : "")));
  const excused = [...new Set(result.broadcasts.flatMap((broadcast) => broadcast.excusedDevices))];
  if (excused.length > 0) line("excused", excused.slice(0, 8).join(" ") + (excused.length > 8 ? " …" : ""));
  if (result.scenario) line("scenario", scenarioText(result.scenario));
  if (generator !== null) {
    line("generator", generatorText(generator, clock));
    const bound = boundText(generator);
    if (bound !== null) line("", paint.yellow(bound));
  }
  if (calibration !== null) line("floor", floorText(calibration, total.latencyMs.p99));
  for (const threshold of result.thresholds) {
    const mark = threshold.pass ? paint.green("met") : paint.red("NOT MET");
    line("threshold", `${threshold.expression}  observed ${threshold.observed ?? "not known"}  ${mark}`);
  }
  for (const warning of result.warnings) line("warning", paint.yellow(warning));
  const word = result.verdict.toUpperCase();
  const painted = result.verdict === "pass" ? paint.green.bold(word) : paint.red.bold(word);
  const excuse = total.excused ? `, but for ${countText(total.excused)} excused` : "";
  line("verdict", painted + (result.causes.length === 0 ? `  every expected device got every broadcast${excuse}` : ""));
  for (const cause of result.causes) line("", cause);
  line("next", next);
  return lines.join("\n");
};
