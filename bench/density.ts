import { grouped } from "../src/domain/counted.js";
import { memoryOfRun, pairFigures } from "./density-run.js";
import { sumOver } from "./process-memory.js";
import type { Metric, Question, RawRun } from "./question.js";
import { medianOverRuns } from "./spread.js";

const SIZE = 100_000;
const RUNS = 5;

/** What one process holds of a large fleet. */
const ONE_PROCESS = 15_000;

const ONE = ["--workers", "1"];

const DEVICE_METRICS: readonly Metric[] = [
  { key: "deviceKib", name: "user memory a device, above an idle process", unit: "KiB", digits: 2 },
  { key: "idleMib", name: "an idle fleet process", unit: "MiB", digits: 1 },
  { key: "fullMib", name: "the process with all its devices", unit: "MiB", digits: 1 },
];

const PAIR_METRICS: readonly Metric[] = [
  { key: "pairKib", name: "whole machine, a connected pair", unit: "KiB", digits: 2 },
  { key: "fleetKib", name: "of it fleet processes", unit: "KiB", digits: 2 },
  { key: "platformKib", name: "of it platform processes", unit: "KiB", digits: 2 },
  { key: "slabKib", name: "of it kernel objects (sockets)", unit: "KiB", digits: 2 },
  { key: "buffersKib", name: "of it socket buffers", unit: "KiB", digits: 2 },
  { key: "restKib", name: "of it all else (coordinator, page tables, files)", unit: "KiB", digits: 2 },
  { key: "peakKib", name: "whole machine, at most during three broadcasts", unit: "KiB", digits: 2 },
  { key: "fleetProcesses", name: "fleet processes", unit: "", digits: 0 },
  { key: "platformProcesses", name: "platform processes", unit: "", digits: 0 },
];

const fleetPrivateKib = async (devices: number): Promise<number> => {
  const { atRest } = await memoryOfRun(devices, ONE);
  return sumOver(atRest.processes, "fleet", "privateKib");
};

/** The idle process holds one device, because a fleet process without any is not started: its code is loaded, its heap is empty. */
const deviceRun = async (devices: number): Promise<RawRun> => {
  const idle = await fleetPrivateKib(1);
  const full = await fleetPrivateKib(devices);
  return { deviceKib: (full - idle) / (devices - 1), idleMib: idle / 1024, fullMib: full / 1024 };
};

const pairRun = async (devices: number): Promise<RawRun> => pairFigures(await memoryOfRun(devices, []), devices);

/** What an online device costs in memory: its fleet process, and the whole machine with both ends on it. */
export const density: Question = {
  name: "density",
  title: "Memory of an online device",
  ask: async (onRun, wishes) => {
    const count = wishes.runs ?? RUNS;
    const sizes = wishes.sizes ?? [SIZE];
    const inOne = Math.min(ONE_PROCESS, ...sizes);
    const deviceRuns: RawRun[] = [];
    for (let i = 1; i <= count; i++) {
      onRun(`${inOne} devices in one process, run ${i} of ${count}`);
      deviceRuns.push(await deviceRun(inOne));
    }
    const label = `${grouped(inOne)} in one process`;
    const series = [{ label, metrics: DEVICE_METRICS, runs: deviceRuns }];
    const ratios = [{ name: "KiB a device, fleet side", value: medianOverRuns(deviceRuns, "deviceKib"), atMost: 4.5 }];
    for (const size of sizes) {
      const runs: RawRun[] = [];
      const pairs = `${grouped(size)} pairs`;
      for (let i = 1; i <= count; i++) {
        onRun(`${pairs}, run ${i} of ${count}`);
        runs.push(await pairRun(size));
      }
      series.push({ label: pairs, metrics: PAIR_METRICS, runs });
      ratios.push({ name: `KiB a pair, whole machine, ${pairs}`, value: medianOverRuns(runs, "pairKib"), atMost: 16 });
    }
    return { series, ratios };
  },
};
