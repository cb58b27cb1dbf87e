import { grouped } from "../src/domain/counted.js";
import { measureLocal } from "./measure-local.js";
import type { Metric, Question, RawRun, Series } from "./question.js";
import { medianOverRuns } from "./spread.js";

const RUNS = 5;

/** What one process of each kind takes at most; from here on the program shares the devices out as it sees fit. */
const ONE_PROCESS = 15_000;

const SIZES: readonly number[] = [5_000, 10_000, 30_000];

/** At one of the sizes. */
const REQUIRED_PER_SECOND = 5_000;

const METRICS: readonly Metric[] = [
  { key: "connectsPerSecond", name: "connects", unit: "1/s", digits: 0 },
  { key: "p99Ms", name: "due to online p99", unit: "ms", digits: 0 },
  { key: "processes", name: "fleet processes", unit: "", digits: 0 },
];

const runOnce = async (devices: number): Promise<RawRun> => {
  const flags = devices <= ONE_PROCESS ? ["--workers", "1"] : [];
  const { fleet } = await measureLocal({ devices, broadcasts: 1, message: "{}", flags });
  return {
    connectsPerSecond: fleet?.connectRate ?? Number.NaN,
    p99Ms: fleet?.connectMs.p99 ?? Number.NaN,
    processes: fleet?.processes ?? Number.NaN,
  };
};

/** How many logins a second: TCP, a CONNECT that the fleet signs with HMAC-SHA256 and the platform verifies, CONNACK. */
export const connectRate: Question = {
  name: "connect-rate",
  title: "Connects per second, each signed and verified",
  ask: async (onRun, wishes) => {
    const series: Series[] = [];
    const count = wishes.runs ?? RUNS;
    for (const devices of wishes.sizes ?? SIZES) {
      const label = `${grouped(devices)} devices`;
      const runs: RawRun[] = [];
      for (let i = 1; i <= count; i++) {
        onRun(`${label}, run ${i} of ${count}`);
        runs.push(await runOnce(devices));
      }
      series.push({ label, metrics: METRICS, runs });
    }
    const best = Math.max(...series.map(({ runs }) => medianOverRuns(runs, "connectsPerSecond")));
    const ratio = { name: "connects at the best size / 5,000 a second", value: best / REQUIRED_PER_SECOND };
    return { series, ratios: [{ ...ratio, atMost: null, atLeast: 1 }] };
  },
};
