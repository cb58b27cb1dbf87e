import type { CalibrationSummary } from "../domain/calibration.js";
import { IotbError } from "../domain/errors.js";
import { histogramOf, summarizeLatency } from "../domain/summary.js";
import { type Clock, fromMillis } from "../domain/time.js";
import { type MeasuredBroadcast, measureFanout } from "./measure-fanout.js";
import type { Publisher } from "./ports.js";
import type { ShardedFleet } from "./sharded-fleet.js";

/** Null broadcasts whose times count. Those before them let every process compile what it runs: it takes two. */
const BROADCASTS = 3;
const WARMUP = 2;

/** What {@link calibrate} works with. */
export type Calibration = {
  /** As many devices in as many processes as the run's own, all of `productKey`, none connected yet; stopped when done. */
  readonly fleet: ShardedFleet;
  readonly devices: number;
  readonly processes: number;
  readonly productKey: string;
  readonly body: Uint8Array;
  /** Gives the word to a fan-out that does nothing but write to these devices. */
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Aborted when the run must end at once: a process of the fleet died. */
  readonly abort: AbortSignal;
};

/**
 * Measures, by the path that measures the platform, how fast this machine and this fleet are with a fan-out that costs nothing:
 * what is left of a measured time is the platform's. Null where the signal ended it. Fails as `measureFanout` ends early.
 */
export const calibrate = async (work: Calibration): Promise<CalibrationSummary | null> => {
  const { fleet, devices, processes, productKey, body, publisher, clock, signal, abort } = work;
  const { broadcasts, failure } = await measureFanout({
    fleet,
    publisher,
    clock,
    plan: {
      productKey,
      topicFullName: null,
      body,
      warmup: WARMUP,
      broadcasts: BROADCASTS,
      interval: null,
      gap: fromMillis(100),
      settle: fromMillis(0),
      rule: { linger: fromMillis(50), drain: fromMillis(10_000) },
      waitForFleet: devices,
    },
    observer: {},
    beforeFirst: async () => undefined,
    drain: signal,
    abort,
  });
  if (signal.aborted) return null;
  if (failure !== null) throw new IotbError(failure.code, `calibration: ${failure.message}`, { hint: failure.hint });
  const timed = broadcasts.filter(({ warmup }) => !warmup);
  const { p50, p99, max } = summarizeLatency(histogramOf(...timed.map(({ digest }) => digest.latency)));
  const rates = timed.map(rateOf).sort((a, b) => a - b);
  return {
    devices,
    processes,
    floorMs: { p50, p99, max },
    deliveriesPerSecond: Math.round(rates[Math.floor(rates.length / 2)] ?? 0) || null,
  };
};

const rateOf = ({ digest, sentAt }: MeasuredBroadcast): number =>
  digest.lastAt === null || digest.lastAt <= sentAt ? 0 : digest.delivered / ((digest.lastAt - sentAt) / 1e6);
