import { FOREIGN_IDS_KEPT } from "../domain/arrival-table.js";
import type { DeviceIndex } from "../domain/device.js";
import { LatencyHistogram } from "../domain/histogram.js";
import { mergeLatest } from "../domain/lateness.js";
import type { FleetSummary } from "../domain/measure-result.js";
import { summarizeLatency } from "../domain/summary.js";
import type { ConnectReport, ShardTotals } from "./shard-messages.js";

/** How the whole fleet came online. */
export type FleetOnline = {
  readonly requested: number;
  readonly online: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly failedTexts: Readonly<Record<string, string>>;
  readonly failedDevices: readonly DeviceIndex[];
  readonly connect: LatencyHistogram;
  /** From the first attempt to the last device online, seconds. */
  readonly seconds: number;
};

/** Adds counts by name. */
export const addCounts = (parts: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(part)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
};

/** One report of all shards' connecting; `requested` counts the devices of shards that never answered too. */
export const mergeConnectReports = (requested: number, reports: readonly ConnectReport[]): FleetOnline => {
  const connect = new LatencyHistogram();
  for (const report of reports) connect.add(report.connect);
  const first = reports.reduce((min, report) => Math.min(min, report.startedAt), Number.POSITIVE_INFINITY);
  const last = reports.reduce((max, report) => Math.max(max, report.lastOnlineAt ?? 0), 0);
  return {
    requested,
    online: reports.reduce((sum, report) => sum + report.online, 0),
    failed: addCounts(reports.map((report) => report.failed)),
    failedTexts: Object.assign({}, ...reports.map((report) => report.failedTexts)),
    failedDevices: reports.flatMap((report) => report.failedDevices),
    connect,
    seconds: last > first ? (last - first) / 1e6 : 0,
  };
};

/** The fleet as results show it. */
export const summarizeFleet = (
  online: FleetOnline,
  processes: number,
  totals: Pick<ShardTotals, "reconnects" | "published"> | null = null,
): FleetSummary => {
  const { p50, p99, max } = summarizeLatency(online.connect);
  return {
    requested: online.requested,
    online: online.online,
    failed: online.failed,
    connectMs: { p50, p99, max },
    connectRate: online.seconds > 0 ? Math.round(online.online / online.seconds) : null,
    processes,
    reconnects: totals?.reconnects ?? 0,
    published: totals?.published ?? 0,
  };
};

/** What all shards counted together. */
export const mergeTotals = (totals: readonly ShardTotals[]): ShardTotals => {
  const sum = (of: (total: ShardTotals) => number) => totals.reduce((all, total) => all + of(total), 0);
  return {
    receipts: sum((total) => total.receipts),
    reconnects: sum((total) => total.reconnects),
    published: sum((total) => total.published),
    disconnects: addCounts(totals.map((total) => total.disconnects)),
    foreign: sum((total) => total.foreign),
    foreignIds: [...new Set(totals.flatMap((total) => total.foreignIds))].slice(0, FOREIGN_IDS_KEPT),
    afterSettling: sum((total) => total.afterSettling),
    latest: mergeLatest(totals.map((total) => total.latest)),
  };
};
