import { fileURLToPath } from "node:url";
import { grouped } from "../src/domain/counted.js";
import type { MeasureResult } from "../src/domain/measure-result.js";
import { startMeasure } from "./measure-local.js";
import { startOwned } from "./owned-process.js";
import type { Metric, Question, RawRun, Series } from "./question.js";
import { type RecordedFiles, recordedFiles } from "./recorded-run.js";
import { spreadOverRuns } from "./spread.js";

const DEVICES = 100_000;
const BROADCASTS = 100;
const RUNS = 3;

const LEAST_PER_SECOND = 1_000_000;
const MOST_MIB = 1_024;

const TELL_MEMORY = fileURLToPath(new URL("./processes/tell-memory.js", import.meta.url));
const LINE_COUNTER = fileURLToPath(new URL("./processes/line-counter.js", import.meta.url));

const METRICS: readonly Metric[] = [
  { key: "perSecond", name: "receipts, the whole program", unit: "1/s", digits: 0 },
  { key: "readPerSecond", name: "lines, reading and correlating alone", unit: "1/s", digits: 0 },
  { key: "seconds", name: "the whole program", unit: "s", digits: 2 },
  { key: "peakMib", name: "memory, peak", unit: "MiB", digits: 0 },
  { key: "countedPerSecond", name: "lines counted by Node, nothing else, the whole program", unit: "1/s", digits: 0 },
];

/** The number that a program said on standard error. */
const toldIn = (stderr: string, pattern: RegExp): number => {
  const [, digits] = pattern.exec(stderr) ?? [];
  if (digits === undefined) throw new Error(`iotb measure did not say ${pattern}: ${stderr.slice(-1000)}`);
  return Number(digits);
};

const secondsSince = (startedAt: number): number => (performance.now() - startedAt) / 1000;

const measureOnce = async (files: RecordedFiles, expected: number): Promise<RawRun> => {
  const startedAt = performance.now();
  await using run = startMeasure(["--receipts", files.receipts, "--log", files.log, "--verbose"], {
    NODE_OPTIONS: `--import=${TELL_MEMORY}`,
  });
  const { exitCode, stdout, stderr } = await run.ended;
  const seconds = secondsSince(startedAt);
  if (stdout === "") throw new Error(`iotb measure: exit code ${exitCode}: ${stderr.slice(-1000)}`);
  const { verdict, total } = JSON.parse(stdout) as MeasureResult;
  if (verdict !== "pass" || total.expected !== expected || total.delivered !== expected || total.duplicates !== 0) {
    throw new Error(`iotb measure: ${verdict}, delivered ${total.delivered} of ${expected}`);
  }
  return {
    perSecond: expected / seconds,
    readPerSecond: (files.lines / toldIn(stderr, /in (\d+) ms/)) * 1000,
    seconds,
    peakMib: toldIn(stderr, /peak memory (\d+) KiB/) / 1024,
  };
};

const countOnce = async (files: RecordedFiles): Promise<number> => {
  const startedAt = performance.now();
  await using run = startOwned(process.execPath, [LINE_COUNTER, files.receipts]);
  const { exitCode, stdout, stderr } = await run.ended;
  const seconds = secondsSince(startedAt);
  if (Number(stdout) !== files.lines)
    throw new Error(`counted ${stdout.trim()} lines, exit code ${exitCode}: ${stderr}`);
  return files.lines / seconds;
};

/** How fast a large recording is correlated, and in how much memory. */
export const offline: Question = {
  name: "offline",
  title: "Ten million recorded receipts correlated in one process",
  onDemand: true,
  ask: async (onRun, wishes) => {
    const series: Series[] = [];
    const ratios = [];
    const notes: string[] = [];
    for (const devices of wishes.sizes ?? [DEVICES]) {
      const expected = devices * BROADCASTS;
      const label = `${grouped(expected)} receipts`;
      onRun(`${label}: writing the recording`);
      await using files = await recordedFiles(devices, BROADCASTS);
      notes.push(
        `${label}: ${devices} devices, ${BROADCASTS} broadcasts, ${(files.bytes / 1e9).toFixed(2)} GB of NDJSON`,
      );
      const runs: RawRun[] = [];
      for (let i = 0; i < (wishes.runs ?? RUNS); i++) {
        onRun(`${label}, run ${i + 1}`);
        // before it, so that both find the file where it then is: in memory, if there is room
        const countedPerSecond = await countOnce(files);
        runs.push({ ...(await measureOnce(files, expected)), countedPerSecond });
      }
      series.push({ label, metrics: METRICS, runs });
      const median = (key: string): number => spreadOverRuns(runs, key).median;
      ratios.push(
        { name: `${label} a second`, value: median("perSecond"), atMost: null, atLeast: LEAST_PER_SECOND },
        { name: `${label}, memory in MiB`, value: median("peakMib"), atMost: MOST_MIB },
        {
          name: `${label}, correlated / counted`,
          value: median("perSecond") / median("countedPerSecond"),
          atMost: null,
        },
      );
    }
    return { series, ratios, notes };
  },
};
