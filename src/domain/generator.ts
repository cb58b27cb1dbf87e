/** How busy one process of the fleet was while a broadcast arrived: from its sending to the process's own 99 % arrival. */
export type ShardLoad = {
  /** Share of the time its event loop was busy, 0…1. */
  readonly utilization: number;
  /** The longest and the 99th percentile of the delays of its event loop, ms. */
  readonly loopDelayMaxMs: number;
  readonly loopDelayP99Ms: number;
  /** CPU seconds per second, of all threads. */
  readonly cpuCores: number;
  /** Pauses of the garbage collector: how many, how long in all, the longest, ms. */
  readonly gcCount: number;
  readonly gcTotalMs: number;
  readonly gcMaxMs: number;
  /** How long it was ready to run and had no core, ms; null where the system does not tell. */
  readonly runQueueMs: number | null;
  readonly receiptsPerSecond: number;
};

/** Which part of the rule found the generator bound. */
export type BoundBy = "utilization" | "loop-delay";

/** The worst figures of one process over the timed broadcasts. */
export type ShardSummary = {
  readonly eventLoopDelayMs: { readonly p99: number; readonly max: number };
  readonly utilization: number;
  readonly cpuCores: number;
  /** Of the broadcast with the most. */
  readonly gcMs: { readonly count: number; readonly total: number; readonly max: number };
  readonly runQueueMs: number | null;
  /** Of the slowest broadcast. */
  readonly receiptsPerSecond: number;
  readonly bound: boolean;
};

/** The generator's own account of itself, in the keys of the JSON contract: the worst process, but for `cpuCores`. */
export type GeneratorSummary = Omit<ShardSummary, "receiptsPerSecond"> & {
  /** Of all processes together, in the busiest broadcast. */
  readonly cpuCores: number;
  /** Whether the measuring side may have made the times it measured. */
  readonly bound: boolean;
  readonly boundBy: BoundBy | null;
  /** Where it was bound most: the broadcast's message id, and the process as a place in `shards`. */
  readonly boundIn: { readonly messageId: string; readonly shard: number } | null;
  /** One for each process, by its number; null for one whose load is not known. */
  readonly shards: readonly (ShardSummary | null)[];
};

/** A broadcast's loads by the shard's number, with its 99th percentile (null where unknown: the maximum serves). */
export type BroadcastLoad = {
  readonly messageId: string;
  readonly loads: readonly (ShardLoad | null)[];
  readonly p99Ms: number | null;
};

/** Above this utilisation a receiver cannot be told from the thing it measures. */
const BOUND_UTILIZATION = 0.9;

/** One process in one broadcast. */
type Sample = {
  readonly messageId: string;
  readonly shard: number;
  readonly load: ShardLoad;
  readonly p99Ms: number | null;
};

const isBusy = ({ load }: Sample): boolean => load.utilization >= BOUND_UTILIZATION;
/** How often half of the broadcast's p99 goes into the longest delay; above 1 it was too long. */
const delayShare = ({ load, p99Ms }: Sample): number => (p99Ms === null ? 0 : load.loopDelayMaxMs / (p99Ms / 2));
const isDelayed = (sample: Sample): boolean => delayShare(sample) > 1;

const round = (value: number): number => Number(value.toFixed(3));
const most = (samples: readonly Sample[], of: (load: ShardLoad) => number): number =>
  samples.reduce((max, { load }) => Math.max(max, of(load)), 0);
const worstOf = (samples: readonly Sample[], of: (sample: Sample) => number): Sample | null =>
  samples.reduce<Sample | null>((worst, sample) => (worst === null || of(sample) > of(worst) ? sample : worst), null);

/**
 * Judges the generator over the timed broadcasts: bound where a shard's event loop was busy for 0.9 of the time or more, or one
 * loop delay was longer than half of that broadcast's p99. Null where nothing was measured.
 */
export const judgeGenerator = (broadcasts: readonly BroadcastLoad[]): GeneratorSummary | null => {
  const samples = samplesOf(broadcasts);
  if (samples.length === 0) return null;
  const busiest = worstOf(samples.filter(isBusy), ({ load }) => load.utilization);
  const latest = worstOf(samples.filter(isDelayed), delayShare);
  const worst = busiest ?? latest;
  const cores = broadcasts.map(({ loads }) => loads.reduce((sum, load) => sum + (load?.cpuCores ?? 0), 0));
  const byShard: Sample[][] = [];
  for (const { loads } of broadcasts) while (byShard.length < loads.length) byShard.push([]);
  for (const sample of samples) byShard[sample.shard]?.push(sample);
  const { eventLoopDelayMs, utilization, gcMs, runQueueMs, bound } = summarize(samples);
  return {
    eventLoopDelayMs,
    utilization,
    cpuCores: round(cores.reduce((max, sum) => Math.max(max, sum), 0)),
    gcMs,
    runQueueMs,
    bound,
    boundBy: busiest !== null ? "utilization" : latest !== null ? "loop-delay" : null,
    boundIn: worst === null ? null : { messageId: worst.messageId, shard: worst.shard },
    shards: byShard.map((own) => (own.length === 0 ? null : summarize(own))),
  };
};

/**
 * The warning that the processes of a run waited for one another, or null: one of the fleet was ready to run and had no core for
 * more than half of a timed broadcast's p99. Not part of the rule above: such a wait can hide in idle time, too.
 */
export const warnOfSharedCores = (broadcasts: readonly BroadcastLoad[]): string | null => {
  const waited = ({ load, p99Ms }: Sample) => (p99Ms === null ? 0 : (load.runQueueMs ?? 0) / (p99Ms / 2));
  const worst = worstOf(samplesOf(broadcasts), waited);
  if (worst === null || waited(worst) <= 1) return null;
  const { load, p99Ms, shard, messageId } = worst;
  return `the machine's cores were shared: fleet process ${shard} waited ${round(load.runQueueMs ?? 0)} ms for one while ${messageId} arrived, whose p99 is ${round(p99Ms ?? 0)} ms`;
};

const samplesOf = (broadcasts: readonly BroadcastLoad[]): Sample[] =>
  broadcasts.flatMap(({ messageId, loads, p99Ms }) =>
    loads.flatMap((load, shard) => (load === null ? [] : [{ messageId, shard, load, p99Ms }])),
  );

const summarize = (samples: readonly Sample[]): ShardSummary => {
  const told = samples.filter(({ load }) => load.runQueueMs !== null);
  const slowest = samples.reduce((min, { load }) => Math.min(min, load.receiptsPerSecond), Number.POSITIVE_INFINITY);
  return {
    eventLoopDelayMs: {
      p99: round(most(samples, (load) => load.loopDelayP99Ms)),
      max: round(most(samples, (load) => load.loopDelayMaxMs)),
    },
    utilization: round(most(samples, (load) => load.utilization)),
    cpuCores: round(most(samples, (load) => load.cpuCores)),
    gcMs: {
      count: most(samples, (load) => load.gcCount),
      total: round(most(samples, (load) => load.gcTotalMs)),
      max: round(most(samples, (load) => load.gcMaxMs)),
    },
    runQueueMs: told.length === 0 ? null : round(most(told, (load) => load.runQueueMs ?? 0)),
    receiptsPerSecond: Math.round(slowest),
    bound: samples.some((sample) => isBusy(sample) || isDelayed(sample)),
  };
};
