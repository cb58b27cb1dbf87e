import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { ShardLoad } from "../domain/generator.js";

/** How often the event loop's delay is sampled. The sampler's own period is part of each sample and is taken off. */
const RESOLUTION_MS = 2;

/**
 * Measures how busy this process is between a broadcast's sending and its own 99 % arrival. Loop delay alone does not show a
 * saturated receiver: utilisation does.
 */
export class LoadMeter implements Disposable {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #utilization = performance.eventLoopUtilization();
  #cpu = process.cpuUsage();
  #startedAt = performance.now();

  /** A broadcast is about to be sent. */
  start(): void {
    this.#delay.enable();
    this.#delay.reset();
    this.#utilization = performance.eventLoopUtilization();
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  /** The load since `start`. */
  read(): ShardLoad {
    const elapsedUs = Math.max(1, (performance.now() - this.#startedAt) * 1000);
    const cpu = process.cpuUsage(this.#cpu);
    const inMs = (ns: number) => Math.max(0, (Number.isFinite(ns) ? ns : 0) / 1e6 - RESOLUTION_MS);
    return {
      utilization: performance.eventLoopUtilization(this.#utilization).utilization,
      loopDelayMaxMs: inMs(this.#delay.count === 0 ? 0 : this.#delay.max),
      loopDelayP99Ms: inMs(this.#delay.count === 0 ? 0 : this.#delay.percentile(99)),
      cpuCores: (cpu.user + cpu.system) / elapsedUs,
    };
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }
}
