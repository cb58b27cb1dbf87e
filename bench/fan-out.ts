import { grouped } from "../src/domain/counted.js";
import { fanOutRun, packetLikeARuns } from "./fan-out-run.js";
import { latencyGraph } from "./latency-graph.js";
import { buildLimitProgram, type LimitProgram } from "./limit-program.js";
import { findLimit } from "./limit-rate.js";
import type { Metric, Question, Ratio, RawRun, Series } from "./question.js";
import { medianOverRuns } from "./spread.js";

const SIZES: readonly number[] = [1_000, 10_000, 50_000, 100_000, 200_000];
const RUNS = 5;

/** From so many devices a run takes minutes, and three of them have to do. */
const FEW_RUNS_FROM = 200_000;
const FEW_RUNS = 3;

/**
 * Up to here a run is what it was before there were larger ones: beside a pair of plain sockets, the first broadcast timed. Above, so
 * many go before those that are timed: until the fourth, a dozen processes and more are busy compiling.
 */
const PLAIN_UP_TO = 10_000;
const WARMUPS_ABOVE = 4;

/** A smaller fan-out is over before a second process is awake: no limit of several processes is asked for. */
const LIMIT_FROM = 5_000;

/** Where the limit is a requirement, and how much of it is to be reached. */
const REQUIRED_SIZE = 100_000;
const REQUIRED_SHARE = 0.75;

/** Between these sizes p99 may grow as the size does, and no more. */
const GROWTH = { from: 10_000, to: 100_000 };

const METRICS: readonly Metric[] = [
  { key: "deliveriesPerSecond", name: "deliveries, API call included", unit: "1/s", digits: 0 },
  { key: "firstDeliveriesPerSecond", name: "the same, first broadcast alone", unit: "1/s", digits: 0 },
  { key: "spreadDeliveriesPerSecond", name: "deliveries, first to last receipt", unit: "1/s", digits: 0 },
  { key: "p50Ms", name: "latency p50", unit: "ms", digits: 1 },
  { key: "p99Ms", name: "latency p99", unit: "ms", digits: 1 },
  { key: "p99MedianMs", name: "latency p99, median broadcast", unit: "ms", digits: 1 },
  { key: "p100Ms", name: "all devices have it (worst broadcast)", unit: "ms", digits: 1 },
  { key: "firstApiMs", name: "API call, first", unit: "ms", digits: 1 },
  { key: "apiMs", name: "API call, median", unit: "ms", digits: 1 },
  { key: "connectsPerSecond", name: "connects", unit: "1/s", digits: 0 },
  { key: "plainPerSecond", name: "plain sockets, same packets", unit: "1/s", digits: 0 },
  { key: "epollPerSecond", name: "C program, epoll, same packets", unit: "1/s", digits: 0 },
  { key: "uringPerSecond", name: "C program, io_uring, same packets", unit: "1/s", digits: 0 },
  { key: "limitPerSecond", name: "the limit: the better of both", unit: "1/s", digits: 0 },
];

const labelOf = (devices: number): string => `1 → ${grouped(devices)}`;

const measured = ({ runs }: Series, key: string): boolean => runs.every((run) => key in run);

const ratiosAgainst = (series: Series, key: string, name: string, atLeast: number | null): readonly Ratio[] => {
  if (!measured(series, key)) return [];
  const { label, runs } = series;
  const roof = medianOverRuns(runs, key);
  return [
    { name: `${label}, API included / ${name}`, figure: "deliveriesPerSecond" },
    { name: `${label}, first to last receipt / ${name}`, figure: "spreadDeliveriesPerSecond" },
  ].map((one) => ({
    name: one.name,
    value: medianOverRuns(runs, one.figure) / roof,
    atMost: null,
    ...(atLeast === null ? {} : { atLeast }),
  }));
};

/** A limit that plain Node exceeds were none. */
const roofRatio = ({ label, runs }: Series): readonly Ratio[] => {
  if (!runs.every((run) => "plainPerSecond" in run && "limitPerSecond" in run)) return [];
  const value = medianOverRuns(runs, "limitPerSecond") / medianOverRuns(runs, "plainPerSecond");
  return [{ name: `${label}, limit / plain sockets`, value, atMost: null, atLeast: 1 }];
};

const growthRatio = (series: readonly Series[]): readonly Ratio[] => {
  const [from, to] = [GROWTH.from, GROWTH.to].map((size) => series.find(({ label }) => label === labelOf(size)));
  if (from === undefined || to === undefined) return [];
  const value = medianOverRuns(to.runs, "p99MedianMs") / medianOverRuns(from.runs, "p99MedianMs");
  return [{ name: `latency p99, ${to.label} / ${from.label}`, value, atMost: GROWTH.to / GROWTH.from }];
};

/** How many deliveries a second, end to end and each one correlated, and how much that is of what the machine can. */
export const fanOut: Question = {
  name: "fan-out",
  title: "Deliveries per second, every receipt correlated",
  ask: async (onRun, wishes) => {
    const program: LimitProgram | string = await buildLimitProgram();
    const series: Series[] = [];
    const notes: string[] = [];
    for (const devices of wishes.sizes ?? SIZES) {
      const label = labelOf(devices);
      const wantsLimit = devices >= LIMIT_FROM && typeof program !== "string";
      if (wantsLimit) onRun(`${label}, which shape the limit has`);
      const limit = wantsLimit ? await findLimit(program, devices, packetLikeARuns().length) : null;
      notes.push(...(limit?.notes ?? []));
      const runs: RawRun[] = [];
      const count = wishes.runs ?? (devices >= FEW_RUNS_FROM ? FEW_RUNS : RUNS);
      const plain = devices <= PLAIN_UP_TO;
      for (let i = 1; i <= count; i++) {
        onRun(`${label}, run ${i} of ${count}`);
        runs.push(await fanOutRun({ devices, warmups: plain ? 0 : WARMUPS_ABOVE, plain, limit }));
      }
      series.push({ label, metrics: METRICS.filter(({ key }) => runs.every((run) => key in run)), runs });
    }
    const ratios = series.flatMap((one) => [
      ...ratiosAgainst(one, "plainPerSecond", "plain sockets", null),
      ...ratiosAgainst(one, "limitPerSecond", "limit", one.label === labelOf(REQUIRED_SIZE) ? REQUIRED_SHARE : null),
      ...roofRatio(one),
    ]);
    const skipped = typeof program === "string" ? [program] : [];
    return {
      series,
      ratios: [...ratios, ...growthRatio(series)],
      skipped,
      notes: [...new Set(notes)],
      picture: latencyGraph(series),
    };
  },
};
