/** How busy one process of the fleet was while a broadcast arrived: from sending to its own 99 % arrival. */
export type ShardLoad = {
  /** Share of the time its event loop was busy, 0…1. */
  readonly utilization: number;
  /** The longest and the 99th percentile of the delays of its event loop, ms. */
  readonly loopDelayMaxMs: number;
  readonly loopDelayP99Ms: number;
  /** CPU seconds per second. */
  readonly cpuCores: number;
};

/** The generator's own account of itself, in the keys of the JSON contract. */
export type GeneratorSummary = {
  readonly eventLoopDelayMs: { readonly p99: number; readonly max: number };
  readonly utilization: number;
  readonly cpuCores: number;
  /** Whether the measuring side may have made the times it measured. */
  readonly bound: boolean;
};

/** A broadcast's loads, one a shard, with its 99th percentile (null where unknown: the maximum serves). */
export type BroadcastLoad = { readonly loads: readonly ShardLoad[]; readonly p99Ms: number | null };

/** Above this utilisation a receiver cannot be told from the thing it measures. */
const BOUND_UTILIZATION = 0.9;

/**
 * Judges the generator over the timed broadcasts: bound where a shard's event loop was busy for 0.9 of the time or more, or one
 * loop delay was longer than half of that broadcast's p99. Null where nothing was measured.
 */
export const judgeGenerator = (broadcasts: readonly BroadcastLoad[]): GeneratorSummary | null => {
  const loads = broadcasts.flatMap((broadcast) => broadcast.loads);
  if (loads.length === 0) return null;
  const most = (of: (load: ShardLoad) => number) => loads.reduce((max, load) => Math.max(max, of(load)), 0);
  const round = (value: number) => Number(value.toFixed(3));
  const delayed = broadcasts.some(
    ({ loads, p99Ms }) => p99Ms !== null && loads.some((load) => load.loopDelayMaxMs > p99Ms / 2),
  );
  const cores = broadcasts.map(({ loads }) => loads.reduce((sum, load) => sum + load.cpuCores, 0));
  return {
    eventLoopDelayMs: {
      p99: round(most((load) => load.loopDelayP99Ms)),
      max: round(most((load) => load.loopDelayMaxMs)),
    },
    utilization: round(most((load) => load.utilization)),
    cpuCores: round(Math.max(...cores)),
    bound: delayed || most((load) => load.utilization) >= BOUND_UTILIZATION,
  };
};
