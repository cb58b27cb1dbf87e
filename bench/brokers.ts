import { grouped } from "../src/domain/counted.js";
import type { MeasureResult } from "../src/domain/measure-result.js";
import { broadcastTopic } from "../src/protocol/topics.js";
import { BROKER_PEERS, type BrokerPeer } from "./broker-peers.js";
import { MESSAGE } from "./fan-out-run.js";
import { measureLocal, runMeasure } from "./measure-local.js";
import type { Metric, Question, RawRun, Series } from "./question.js";
import { medianOverRuns, spreadOf } from "./spread.js";

const SIZE = 15_000;
const RUNS = 5;
const BROADCASTS = 3;
const WARMUPS = 4;

const REQUIRED: ReadonlyMap<string, number> = new Map([
  ["nats-server", 1.5],
  ["aedes", 3],
  ["mosquitto", 4],
]);

const METRICS: readonly Metric[] = [
  { key: "deliveriesPerSecond", name: "deliveries, publishing included", unit: "1/s", digits: 0 },
  { key: "spreadDeliveriesPerSecond", name: "deliveries, first to last receipt", unit: "1/s", digits: 0 },
  { key: "p99Ms", name: "latency p99", unit: "ms", digits: 1 },
];

/** As long as the topic of a full broadcast, so that the packets have the same length; one topic for all. */
const TOPIC = broadcastTopic({ productKey: "g6palBDnzyT", deviceName: "dk00001" }, "2124724605242310656")
  .slice(1)
  .replaceAll("/", "-");

const figuresOf = ({ broadcasts: all, total }: MeasureResult): RawRun => {
  const broadcasts = all.filter(({ warmup }) => !warmup);
  const spreads = broadcasts.map((one) => (1000 * one.delivered) / (one.spreadMs ?? Number.NaN));
  return {
    deliveriesPerSecond: spreadOf(broadcasts.map((one) => one.deliveriesPerSecond ?? Number.NaN)).median,
    spreadDeliveriesPerSecond: spreadOf(spreads).median,
    p99Ms: total.latencyMs.p99 ?? Number.NaN,
  };
};

const localRun = async (devices: number): Promise<RawRun> =>
  figuresOf(await measureLocal({ devices, broadcasts: BROADCASTS, warmups: WARMUPS, message: MESSAGE }));

/** The same fleet program against a broker that is started for this run alone; answers in words where there is none. */
const brokerRun = async ({ start }: BrokerPeer, devices: number): Promise<RawRun | string> => {
  const broker = await start();
  if (typeof broker === "string") return broker;
  await using running = broker;
  const numbers = ["-c", `${devices}`, "--broadcasts", `${BROADCASTS}`, "--warmup", `${WARMUPS}`];
  const args = ["--broker", running.url, "-t", TOPIC, ...numbers, "-m", MESSAGE];
  return figuresOf(await runMeasure(args, devices * (BROADCASTS + WARMUPS), {}));
};

const ratioTo = (name: string, local: readonly RawRun[], runs: readonly RawRun[]) => {
  const value = medianOverRuns(local, "deliveriesPerSecond") / medianOverRuns(runs, "deliveriesPerSecond");
  const atLeast = REQUIRED.get(name);
  return {
    name: `deliveries a second, iotb / ${name}`,
    value,
    atMost: null,
    ...(atLeast === undefined ? {} : { atLeast }),
  };
};

/** One broadcast to all: the local platform beside MQTT brokers that have the same fleet subscribed to one topic. */
export const brokers: Question = {
  name: "brokers",
  title: "One broadcast to 15,000 devices, the local platform beside MQTT brokers",
  ask: async (onRun, wishes) => {
    const devices = wishes.sizes?.[0] ?? SIZE;
    const count = wishes.runs ?? RUNS;
    const local: RawRun[] = [];
    const peers = BROKER_PEERS.map((peer) => ({ peer, runs: [] as RawRun[] }));
    const skipped = new Set<string>();
    // by turns, so that a slow minute of the machine does not fall on one of them alone
    for (let i = 1; i <= count; i++) {
      onRun(`iotb's platform, run ${i} of ${count}`);
      local.push(await localRun(devices));
      for (const { peer, runs } of peers) {
        onRun(`${peer.name}, run ${i} of ${count}`);
        const run = await brokerRun(peer, devices);
        if (typeof run === "string") skipped.add(run);
        else runs.push(run);
      }
    }
    const measured = peers.filter(({ runs }) => runs.length > 0);
    const series: Series[] = [
      { label: "iotb platform", metrics: METRICS, runs: local },
      ...measured.map(({ peer, runs }) => ({ label: peer.name, metrics: METRICS, runs })),
    ];
    return {
      series,
      ratios: measured.map(({ peer, runs }) => ratioTo(peer.name, local, runs)),
      skipped: [...skipped],
      notes: [`${grouped(devices)} devices`],
    };
  },
};
