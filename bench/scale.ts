import { grouped } from "../src/domain/counted.js";
import type { MeasureResult } from "../src/domain/measure-result.js";
import { MESSAGE } from "./fan-out-run.js";
import { machineMemory, settledMemory } from "./machine-memory.js";
import { localFlags, startMeasure } from "./measure-local.js";
import { type MemorySample, watchMemory } from "./memory-watch.js";
import { sumOver } from "./process-memory.js";
import type { Metric, Question, RawRun, Series } from "./question.js";

const BROADCASTS = 3;
const WATCH_MS = 2_000;

/** Less than this left, and the run is stopped before the kernel ends some process of its own choice. */
const LEAST_AVAILABLE_KIB = 600 * 1024;

const KIB_PER_GIB = 2 ** 20;

const METRICS: readonly Metric[] = [
  { key: "online", name: "devices online", unit: "", digits: 0 },
  { key: "connectSeconds", name: "connecting", unit: "s", digits: 1 },
  { key: "connectsPerSecond", name: "connects", unit: "1/s", digits: 0 },
  { key: "delivered", name: "receipts", unit: "", digits: 0 },
  { key: "missing", name: "missing", unit: "", digits: 0 },
  { key: "deliveriesPerSecond", name: "deliveries, API call included, last broadcast", unit: "1/s", digits: 0 },
  { key: "coverageP99Ms", name: "99 % have it (worst broadcast)", unit: "ms", digits: 0 },
  { key: "coverageP100Ms", name: "all devices have it (worst broadcast)", unit: "ms", digits: 0 },
  { key: "peakGib", name: "memory of the machine, peak", unit: "GiB", digits: 2 },
  { key: "leastAvailableGib", name: "memory left, least", unit: "GiB", digits: 2 },
  { key: "mostConnections", name: "connections seen, most", unit: "", digits: 0 },
  { key: "processes", name: "fleet and platform processes, most", unit: "", digits: 0 },
  { key: "exitCode", name: "exit code", unit: "", digits: 0 },
];

/** A run that was cut short may have printed nothing. */
const resultIn = (stdout: string): MeasureResult | null =>
  stdout.trim() === "" ? null : (JSON.parse(stdout) as MeasureResult);

const rowOf = ({ atUs, machine, processes }: MemorySample, startedAtUs: number) => ({
  seconds: (atUs - startedAtUs) / 1e6,
  ...machine,
  processes: processes.filter(({ kind }) => kind !== "other").length,
  fleetPssKib: sumOver(processes, "fleet", "pssKib"),
  fleetRssKib: sumOver(processes, "fleet", "rssKib"),
  platformPssKib: sumOver(processes, "platform", "pssKib"),
  platformRssKib: sumOver(processes, "platform", "rssKib"),
});

const figuresOf = (result: MeasureResult | null, devices: number): RawRun => {
  const { fleet, total, broadcasts } = result ?? { fleet: null, total: null, broadcasts: [] };
  const rate = fleet?.connectRate ?? Number.NaN;
  return {
    online: fleet?.online ?? Number.NaN,
    connectSeconds: devices / rate,
    connectsPerSecond: rate,
    delivered: total?.delivered ?? Number.NaN,
    missing: total?.missing ?? Number.NaN,
    deliveriesPerSecond: broadcasts.at(-1)?.deliveriesPerSecond ?? Number.NaN,
    coverageP99Ms: total?.coverageMs.p99 ?? Number.NaN,
    coverageP100Ms: total?.coverageMs.p100 ?? Number.NaN,
  };
};

const runOnce = async (devices: number) => {
  const before = await settledMemory();
  const startedAtUs = Date.now() * 1000;
  let outOfMemory = false;
  await using run = startMeasure(localFlags({ devices, broadcasts: BROADCASTS, message: MESSAGE }));
  using watch = watchMemory({
    root: run.pid,
    everyMs: WATCH_MS,
    processesEach: 1,
    onSample: ({ machine }) => {
      if (machine.availableKib >= LEAST_AVAILABLE_KIB) return;
      outOfMemory = true;
      run.stop();
    },
  });
  const { exitCode, stdout, stderr } = await run.ended;
  const result = resultIn(stdout);
  const rows = watch.samples.map((sample) => rowOf(sample, startedAtUs));
  const least = Math.min(machineMemory().availableKib, ...rows.map(({ availableKib }) => availableKib));
  const sockets = Math.max(0, ...rows.map(({ tcpSockets }) => tcpSockets - before.tcpSockets));
  const figures: RawRun = {
    ...figuresOf(result, devices),
    peakGib: (before.availableKib - least) / KIB_PER_GIB,
    leastAvailableGib: least / KIB_PER_GIB,
    mostConnections: Math.floor(sockets / 2),
    processes: Math.max(0, ...rows.map(({ processes }) => processes)),
    exitCode,
  };
  return { figures, outOfMemory, before, rows, result, stderr: stderr.slice(-2000) };
};

/** Whether a very large fleet comes online and is reached whole, and what it takes. A run that fails is an answer too: how far it came. */
export const scale: Question = {
  name: "scale",
  title: "A very large fleet on one machine",
  onDemand: true,
  ask: async (onRun, wishes) => {
    if (wishes.sizes === null) throw new Error("scale needs --sizes, such as --sizes 250000");
    const series: Series[] = [];
    const notes: string[] = [];
    const ratios = [];
    const record = [];
    for (const devices of wishes.sizes) {
      const label = `1 → ${grouped(devices)}`;
      onRun(label);
      const { figures, outOfMemory, ...seen } = await runOnce(devices);
      series.push({ label, metrics: METRICS, runs: [figures] });
      const stopped = outOfMemory ? `, stopped with less than ${LEAST_AVAILABLE_KIB / 1024} MiB of memory left` : "";
      notes.push(`${label}: verdict ${seen.result?.verdict ?? "none"}, exit code ${figures["exitCode"]}${stopped}`);
      const share = (figures["delivered"] ?? Number.NaN) / (devices * BROADCASTS);
      ratios.push({ name: `${label}, receipts / expected`, value: share, atMost: null, atLeast: 1 });
      record.push({ devices, outOfMemory, ...seen });
    }
    return { series, ratios, notes, record };
  },
};
