import { measureEngineCost } from "./measure-engine-cost.js";
import type { Metric, Question, RawRun, Series } from "./question.js";
import { medianOverRuns } from "./spread.js";

const DEVICES = 2_000;
const MESSAGES = 50;
const RUNS = 5;

const METRICS: readonly Metric[] = [
  { key: "cpuMicrosPerReceipt", name: "CPU a receipt", unit: "µs", digits: 2 },
  { key: "rssKibPerDevice", name: "resident memory a device", unit: "KiB", digits: 2 },
  { key: "deliveriesPerSecond", name: "deliveries", unit: "1/s", digits: 0 },
  { key: "connectsPerSecond", name: "connects", unit: "1/s", digits: 0 },
];

const runOnce = async (engine: "lean" | "mqttjs"): Promise<RawRun> => {
  const { rssBytesPerDevice, ...cost } = await measureEngineCost(engine, DEVICES, MESSAGES);
  return { ...cost, rssKibPerDevice: rssBytesPerDevice / 1024 };
};

/** What a device and a receipt cost the lean engine, in terms of MQTT.js. */
export const engineCost: Question = {
  name: "engine-cost",
  title: "Cost of a device's engine, lean against MQTT.js",
  ask: async (onRun) => {
    const lean: RawRun[] = [];
    const mqttjs: RawRun[] = [];
    // by turns, so that a slow minute of the machine does not fall on one of them alone
    for (let i = 1; i <= RUNS; i++) {
      onRun(`run ${i} of ${RUNS}`);
      lean.push(await runOnce("lean"));
      mqttjs.push(await runOnce("mqttjs"));
    }
    const series: Series[] = [
      { label: "lean", metrics: METRICS, runs: lean },
      { label: "mqttjs", metrics: METRICS, runs: mqttjs },
    ];
    const ratio = (key: string) => medianOverRuns(lean, key) / medianOverRuns(mqttjs, key);
    return {
      series,
      ratios: [
        { name: "CPU a receipt, lean / mqttjs", value: ratio("cpuMicrosPerReceipt"), atMost: 0.5 },
        { name: "memory a device, lean / mqttjs", value: ratio("rssKibPerDevice"), atMost: 1 / 3 },
      ],
    };
  },
};
