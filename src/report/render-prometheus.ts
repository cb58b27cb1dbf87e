import { Counter, Gauge, Registry } from "prom-client";
import type { MeasureResult } from "../domain/measure-result.js";
import type { ReportRun } from "../domain/report-run.js";
import type { RunManifest } from "../domain/run-record.js";
import { histogramOf } from "../domain/summary.js";
import type { Verdict } from "../domain/verdict.js";
import { HdrSummary } from "./hdr-summary.js";

const VERDICTS: readonly Verdict[] = ["pass", "fail", "invalid", "error", "interrupted"];
const OUTCOMES = ["delivered", "missing", "excused", "unknown"] as const;
const ODDITIES = ["duplicates", "latecomers", "strays", "corrupt", "foreign"] as const;
const SHARES = [
  ["0.5", "p50"],
  ["0.9", "p90"],
  ["0.99", "p99"],
  ["0.999", "p999"],
  ["1", "p100"],
] as const;

/**
 * A run in Prometheus' text format, for a push gateway or the node exporter's text files. What is not known is left out. Every
 * series has the product as a label, where there is one; times are in seconds.
 */
export const renderPrometheus = async ({ summary, account, manifests }: ReportRun): Promise<string> => {
  const { target, total } = summary;
  const registry = new Registry();
  if (target.productKey !== null) registry.setDefaultLabels({ product_key: target.productKey });
  addCounts(registry, summary);
  const timed = account.broadcasts.filter(({ warmup }) => !warmup).map(({ latency }) => latency);
  new HdrSummary(
    {
      name: "iotb_latency_seconds",
      help: "From when a broadcast was due to a device's receipt, all timed broadcasts.",
      registers: [registry],
    },
    histogramOf(...timed),
  );
  addTable(
    registry,
    "iotb_coverage_seconds",
    "From when a broadcast was due until this share of the expected devices had it, the slowest broadcast.",
    "share",
    SHARES.map(([share, key]) => [share, inSeconds(total.coverageMs[key])]),
  );
  addTable(
    registry,
    "iotb_api_call_seconds",
    "Duration of the calls that sent broadcasts.",
    "statistic",
    (["min", "p50", "p99", "max"] as const).map((name) => [name, inSeconds(total.apiMs[name])]),
  );
  addJudgement(registry, summary);
  addTimes(registry, manifests);
  return registry.metrics();
};

const inSeconds = (ms: number | null): number | null => (ms === null ? null : Number((ms / 1000).toFixed(9)));

/** A gauge with one label, of whose values those that are known are set; without any it is left out. */
const addTable = (
  registry: Registry,
  name: string,
  help: string,
  label: string,
  rows: readonly (readonly [string, number | null])[],
): void => {
  if (rows.every(([, value]) => value === null)) return;
  const gauge = new Gauge({ name, help, labelNames: [label], registers: [registry] });
  for (const [key, value] of rows) if (value !== null) gauge.set({ [label]: key }, value);
};

const addCounts = (registry: Registry, { total, fleet }: MeasureResult): void => {
  const registers = [registry];
  new Gauge({ name: "iotb_broadcasts", help: "Broadcasts of the run, warm-ups among them.", registers }).set(
    total.broadcasts,
  );
  const deliveries = new Counter({
    name: "iotb_deliveries_total",
    help: "Expected deliveries by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of OUTCOMES) if (total[outcome] !== null) deliveries.inc({ outcome }, total[outcome]);
  const odd = new Counter({
    name: "iotb_odd_receipts_total",
    help: "Receipts beside the expected deliveries by kind; of latecomers and corrupt ones the devices.",
    labelNames: ["kind"],
    registers,
  });
  for (const kind of ODDITIES) odd.inc({ kind }, total[kind]);
  if (fleet === null) return;
  addTable(registry, "iotb_fleet_devices", "Devices that were to connect, and that did.", "state", [
    ["requested", fleet.requested],
    ["online", fleet.online],
  ]);
};

const addJudgement = (registry: Registry, { verdict, thresholds, generator, clock }: MeasureResult): void => {
  addTable(
    registry,
    "iotb_verdict",
    "1 for the verdict of the run, 0 for the others.",
    "verdict",
    VERDICTS.map((word) => [word, word === verdict ? 1 : 0]),
  );
  addTable(
    registry,
    "iotb_threshold_met",
    "1 where the threshold was met, else 0.",
    "threshold",
    thresholds.map(({ expression, pass }) => [expression, pass ? 1 : 0]),
  );
  addTable(
    registry,
    "iotb_threshold_observed",
    "What a threshold was held against, in the threshold's own unit: milliseconds, a count or a percentage.",
    "threshold",
    thresholds.map(({ expression, observed }) => [expression, observed]),
  );
  const registers = [registry];
  if (generator !== null) {
    new Gauge({
      name: "iotb_generator_bound",
      help: "1 where the measuring side may have made the times it measured.",
      registers,
    }).set(generator.bound ? 1 : 0);
  }
  const uncertainty = inSeconds(clock?.uncertaintyMs ?? null);
  if (uncertainty !== null) {
    new Gauge({
      name: "iotb_clock_uncertainty_seconds",
      help: "How far the clocks may be apart by which times were taken.",
      registers,
    }).set(uncertainty);
  }
};

const addTimes = (registry: Registry, manifests: readonly RunManifest[]): void => {
  if (manifests.length === 0) return;
  const registers = [registry];
  const extreme = (of: (manifest: RunManifest) => number, choose: (...times: number[]) => number) =>
    manifests.map(of).reduce((a, b) => choose(a, b)) / 1e6;
  new Gauge({ name: "iotb_run_start_timestamp_seconds", help: "When the run began.", registers }).set(
    extreme((manifest) => manifest.startedAtUs, Math.min),
  );
  new Gauge({ name: "iotb_run_end_timestamp_seconds", help: "When the run ended.", registers }).set(
    extreme((manifest) => manifest.endedAtUs, Math.max),
  );
};
