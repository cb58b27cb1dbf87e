import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlatformProcess } from "../src/cli/compose/platform-process.js";
import { LOCAL_ACCESS_KEY, LOCAL_INSTANCE_ID } from "../src/cli/local-platform-defaults.js";
import { EXAMPLE_PRODUCT, generateTriplets } from "../src/cli/triplet-generator.js";
import type { DeviceTriplet } from "../src/domain/device.js";
import { formatTriplets } from "../src/protocol/triplet-csv.js";
import { startIdleCrowd } from "./idle-crowd.js";
import { runMeasure } from "./measure-local.js";
import type { Metric, Question, RawRun } from "./question.js";
import { medianOverRuns } from "./spread.js";

const DEVICES = 5_000;
const IDLE = 5_000;
const BROADCASTS = 5;
/** Delivered and counted, but in no latency. */
const WARMUPS = 1;
const RUNS = 5;

/** Ten times over: the platform cuts each after ten seconds, and a run takes less than a minute. */
const MOST_RECONNECTS = 10 * IDLE;

/** Fewer of them at the end of a run, and it was not what it is called. */
const LEAST_IDLE = IDLE / 2;

const METRICS: readonly Metric[] = [
  { key: "p50Ms", name: "latency p50", unit: "ms", digits: 1 },
  { key: "p99Ms", name: "latency p99", unit: "ms", digits: 1 },
  { key: "idle", name: "connections that are not logged in, at the end", unit: "", digits: 0 },
  { key: "reconnects", name: "of them cut and opened again", unit: "", digits: 0 },
];

const runOnce = async (triplets: readonly DeviceTriplet[], file: string, idle: number): Promise<RawRun> => {
  await using platform = await startPlatformProcess({
    devices: triplets,
    workers: 1,
    mqttPort: 0,
    popPort: 0,
    instanceId: LOCAL_INSTANCE_ID,
    accessKeys: [{ accessKeyId: LOCAL_ACCESS_KEY.id, accessKeySecret: LOCAL_ACCESS_KEY.secret }],
  });
  const [mqttUrl = ""] = platform.mqttUrls;
  const port = Number(new URL(mqttUrl).port);
  const order = { port, connections: idle, mostReconnects: MOST_RECONNECTS };
  await using crowd = idle === 0 ? null : await startIdleCrowd(order);
  const args = ["--devices", file, "--endpoint", platform.popUrl, "--host", mqttUrl];
  const run = [
    "--instance-id",
    LOCAL_INSTANCE_ID,
    "--broadcasts",
    `${BROADCASTS}`,
    "--warmup",
    `${WARMUPS}`,
    "-m",
    "{}",
  ];
  const { total } = await runMeasure([...args, ...run], DEVICES * (BROADCASTS + WARMUPS), {
    ALIBABA_CLOUD_ACCESS_KEY_ID: LOCAL_ACCESS_KEY.id,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: LOCAL_ACCESS_KEY.secret,
  });
  const { open, reconnects } = (await crowd?.state()) ?? { open: 0, reconnects: 0 };
  if (idle > 0 && open < LEAST_IDLE) throw new Error(`only ${open} of ${idle} idle connections were left`);
  return { p50Ms: total.latencyMs.p50 ?? Number.NaN, p99Ms: total.latencyMs.p99 ?? Number.NaN, idle: open, reconnects };
};

const runByTurns = async (file: string, onRun: (text: string) => void) => {
  const triplets = [...generateTriplets({ count: DEVICES, productKey: EXAMPLE_PRODUCT, prefix: "dk" })];
  await writeFile(file, formatTriplets(triplets), { mode: 0o600 });
  const [alone, beside]: [RawRun[], RawRun[]] = [[], []];
  for (let i = 1; i <= RUNS; i++) {
    onRun(`alone, run ${i} of ${RUNS}`);
    alone.push(await runOnce(triplets, file, 0));
    onRun(`beside ${IDLE} idle connections, run ${i} of ${RUNS}`);
    beside.push(await runOnce(triplets, file, IDLE));
  }
  return { alone, beside };
};

/** What connections that never log in (silent, stopped within a packet, a byte a second) do to a broadcast beside them. */
export const idleConnections: Question = {
  name: "idle-connections",
  title: "A broadcast to 5,000 devices beside 5,000 connections that never log in",
  ask: async (onRun) => {
    const folder = await mkdtemp(join(tmpdir(), "iotb-bench-"));
    try {
      const { alone, beside } = await runByTurns(join(folder, "triplets.csv"), onRun);
      const p99 = medianOverRuns(beside, "p99Ms") / medianOverRuns(alone, "p99Ms");
      return {
        series: [
          { label: "alone", metrics: METRICS, runs: alone },
          { label: "beside idle ones", metrics: METRICS, runs: beside },
        ],
        ratios: [{ name: "latency p99, beside idle ones / alone", value: p99, atMost: 1.3 }],
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
