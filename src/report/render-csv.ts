import type { ReportRun } from "../domain/report-run.js";
import type { BroadcastSummary } from "../domain/summary.js";
import { csvCell } from "./csv-cell.js";

/** With the µs that a Date has no room for. */
const iso = (unixUs: number): string =>
  new Date(Math.floor(unixUs / 1000)).toISOString().replace("Z", `${String(unixUs % 1000).padStart(3, "0")}Z`);

const LATENCIES = ["min", "mean", "p50", "p90", "p95", "p99", "p999", "max"] as const;
const COVERAGES = ["p50", "p90", "p99", "p999", "p100"] as const;
const COUNTS = [
  "expected",
  "delivered",
  "missing",
  "excused",
  "unknown",
  "duplicates",
  "latecomers",
  "strays",
  "corrupt",
] as const;

type Column = readonly [name: string, of: (broadcast: BroadcastSummary) => string | number | null];

const COLUMNS: readonly Column[] = [
  ["messageId", ({ messageId }) => messageId],
  ["warmup", ({ warmup }) => String(warmup)],
  ["dueAt", ({ dueAtUs }) => iso(dueAtUs)],
  ["sentAt", ({ sentAtUs }) => iso(sentAtUs)],
  ["acceptedAt", ({ acceptedAtUs }) => iso(acceptedAtUs)],
  ["apiMs", ({ apiMs }) => apiMs],
  ...COUNTS.map((name): Column => [name, (broadcast) => broadcast[name]]),
  ...LATENCIES.map((name): Column => [`latencyMs.${name}`, ({ latencyMs }) => latencyMs[name]]),
  ...COVERAGES.map((name): Column => [`coverageMs.${name}`, ({ coverageMs }) => coverageMs[name]]),
  ["spreadMs", ({ spreadMs }) => spreadMs],
  ["deliveriesPerSecond", ({ deliveriesPerSecond }) => deliveriesPerSecond],
];

/**
 * A run as CSV (RFC 4180, lines end with CR LF): a header, then a row a broadcast in the order sent. Columns are named by the keys of
 * the JSON document; what is not known is empty. Message ids have more digits than a spreadsheet's numbers: import them as text.
 */
export const renderCsv = ({ summary }: ReportRun): string =>
  [
    COLUMNS.map(([name]) => name),
    ...summary.broadcasts.map((broadcast) => COLUMNS.map(([, of]) => csvCell(String(of(broadcast) ?? "")))),
  ]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("");
