import { encodePublish } from "../src/protocol/publish-packet.js";
import { broadcastTopic } from "../src/protocol/topics.js";
import { measureLocal } from "./measure-local.js";
import { plainSocketRate } from "./plain-sockets.js";
import type { Metric, Question, RawRun, Series } from "./question.js";
import { medianOverRuns, spreadOf } from "./spread.js";

const SIZES: readonly number[] = [1_000, 10_000];
const RUNS = 5;
const BROADCASTS = 5;

/** A small JSON of 200 bytes. */
const MESSAGE = JSON.stringify({ text: "x".repeat(200 - '{"text":""}'.length) });

const METRICS: readonly Metric[] = [
  { key: "deliveriesPerSecond", name: "deliveries, API call included", unit: "1/s", digits: 0 },
  { key: "firstDeliveriesPerSecond", name: "the same, first broadcast alone", unit: "1/s", digits: 0 },
  { key: "spreadDeliveriesPerSecond", name: "deliveries, first to last receipt", unit: "1/s", digits: 0 },
  { key: "p50Ms", name: "latency p50", unit: "ms", digits: 1 },
  { key: "p99Ms", name: "latency p99", unit: "ms", digits: 1 },
  { key: "p100Ms", name: "all devices have it (worst broadcast)", unit: "ms", digits: 1 },
  { key: "firstApiMs", name: "API call, first", unit: "ms", digits: 1 },
  { key: "apiMs", name: "API call, median", unit: "ms", digits: 1 },
  { key: "plainPerSecond", name: "plain sockets, same packets", unit: "1/s", digits: 0 },
];

const packetFor = (): Uint8Array => {
  // names and ids have the lengths that a run has: the packets are as long
  const topic = broadcastTopic({ productKey: "g6palBDnzyT", deviceName: "dk00001" }, "2124724605242310656");
  return encodePublish(topic, Buffer.from(MESSAGE), 0);
};

const runOnce = async (devices: number): Promise<RawRun> => {
  const { broadcasts, total } = await measureLocal(devices, BROADCASTS, MESSAGE);
  const rates = broadcasts.map((one) => one.deliveriesPerSecond ?? Number.NaN);
  const spreads = broadcasts.map((one) => (1000 * one.delivered) / (one.spreadMs ?? Number.NaN));
  return {
    deliveriesPerSecond: spreadOf(rates).median,
    firstDeliveriesPerSecond: rates[0] ?? Number.NaN,
    spreadDeliveriesPerSecond: spreadOf(spreads).median,
    p50Ms: total.latencyMs.p50 ?? Number.NaN,
    p99Ms: total.latencyMs.p99 ?? Number.NaN,
    p100Ms: total.coverageMs.p100 ?? Number.NaN,
    firstApiMs: broadcasts[0]?.apiMs ?? Number.NaN,
    apiMs: spreadOf(broadcasts.map((one) => one.apiMs)).median,
    // right after, so that other work on the machine slows both
    plainPerSecond: await plainSocketRate(devices, packetFor(), BROADCASTS),
  };
};

/** How many deliveries a second, end to end and each one correlated, and how that compares with plain sockets. */
export const fanOut: Question = {
  name: "fan-out",
  title: "Deliveries per second, every receipt correlated",
  ask: async (onRun) => {
    const series: Series[] = [];
    for (const devices of SIZES) {
      const runs: RawRun[] = [];
      const label = `1 → ${devices.toLocaleString("en-US")}`;
      for (let i = 1; i <= RUNS; i++) {
        onRun(`${label}, run ${i} of ${RUNS}`);
        runs.push(await runOnce(devices));
      }
      series.push({ label, metrics: METRICS, runs });
    }
    const ratios = series.flatMap(({ label, runs }) => {
      const plain = medianOverRuns(runs, "plainPerSecond");
      return [
        { name: `${label}, API included / plain sockets`, key: "deliveriesPerSecond" },
        { name: `${label}, first to last receipt / plain sockets`, key: "spreadDeliveriesPerSecond" },
      ].map(({ name, key }) => ({ name, value: medianOverRuns(runs, key) / plain, atMost: null }));
    });
    return { series, ratios };
  },
};
