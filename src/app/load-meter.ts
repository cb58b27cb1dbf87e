import { PerformanceObserver, performance } from "node:perf_hooks";
import type { ShardLoad } from "../domain/generator.js";
import { type LoadTurn, LoadTurns, type WindowLoad } from "../domain/load-turns.js";
import { type Clock, fromMillis, type Micros } from "../domain/time.js";

/** Looks that are remembered: of ten seconds at least, the longest that a call's answer, and with it the time of sending, is waited for. */
const TURNS_KEPT = 2_048;
/** Pauses of the garbage collector that are remembered. */
const PAUSES_KEPT = 4_096;

/** What a load meter reads the process with. */
export type LoadSources = {
  readonly clock: Clock;
  /** Time that this thread was ready to run and had no core, µs since its start; NaN where the system does not tell. */
  readonly runQueueUs: () => number;
  /** Time that this thread slept and the event loop took for busy, µs since its start. */
  readonly sleptUs?: () => number;
};

/**
 * Measures how busy this process is between a broadcast's sending and its own 99 % arrival. Loop delay alone does not show a
 * saturated receiver: utilisation does. Nothing runs while it rests.
 */
export class LoadMeter implements Disposable {
  readonly #sources: LoadSources;
  readonly #lookMs: number;
  readonly #turns = new LoadTurns(TURNS_KEPT);
  readonly #pauses: { readonly from: number; readonly to: number }[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#keepPauses(list.getEntries()));
  /** From the origin of the collector's own times to the clock's. */
  readonly #originUs: number;
  #timer: NodeJS.Timeout | null = null;
  /** When the timer fired last, or started. */
  #firedAt = 0;

  /** While a broadcast is awaited or in flight it looks every `lookMs`. */
  constructor(sources: LoadSources, lookMs: number) {
    this.#sources = sources;
    this.#lookMs = lookMs;
    this.#originUs = sources.clock() - performance.now() * 1000;
  }

  /** A broadcast is about to be sent. */
  start(): void {
    if (this.#timer !== null) return;
    this.#pauses.length = 0;
    this.#observer.observe({ type: "gc" });
    this.#firedAt = this.#sources.clock();
    this.#timer = setInterval(() => {
      this.look();
      this.#firedAt = this.#sources.clock();
    }, this.#lookMs).unref();
    this.look();
  }

  /** No broadcast is awaited or in flight. */
  rest(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#observer.disconnect();
  }

  /** Looks at the process now, and remembers it: `load` is as exact as there are looks about a broadcast's sending. */
  look(): LoadTurn {
    const { clock, runQueueUs, sleptUs } = this.#sources;
    const at = clock();
    const { user, system } = process.cpuUsage();
    const turn: LoadTurn = {
      at,
      idleUs: performance.eventLoopUtilization().idle * 1000 + (sleptUs?.() ?? 0),
      cpuUs: user + system,
      runQueueUs: runQueueUs(),
      // a delay that is still going on counts as far as it has come
      lateUs: Math.max(0, at - this.#firedAt - this.#lookMs * 1000),
    };
    this.#turns.add(turn);
    return turn;
  }

  /** The load from a broadcast's sending to a look, but for the collector; null where the looks do not reach back to it. */
  between(sentAt: Micros, mark: LoadTurn): WindowLoad | null {
    return this.#turns.between(sentAt, mark);
  }

  /**
   * The collector's pauses in a window, as far as they lie in it. To be asked some turns of the loop after the window ended:
   * the runtime tells of a pause only then.
   */
  pausesIn({ from, to }: Pick<WindowLoad, "from" | "to">): Pick<ShardLoad, "gcCount" | "gcTotalMs" | "gcMaxMs"> {
    this.#keepPauses(this.#observer.takeRecords());
    const within = this.#pauses
      .map((pause) => (Math.min(pause.to, to) - Math.max(pause.from, from)) / 1000)
      .filter((ms) => ms > 0);
    return {
      gcCount: within.length,
      gcTotalMs: within.reduce((sum, ms) => sum + ms, 0),
      gcMaxMs: within.reduce((max, ms) => Math.max(max, ms), 0),
    };
  }

  [Symbol.dispose](): void {
    this.rest();
  }

  #keepPauses(entries: readonly { readonly startTime: number; readonly duration: number }[]): void {
    for (const { startTime, duration } of entries) {
      const from = fromMillis(startTime) + this.#originUs;
      this.#pauses.push({ from, to: from + fromMillis(duration) });
    }
    if (this.#pauses.length > PAUSES_KEPT) this.#pauses.splice(0, this.#pauses.length - PAUSES_KEPT);
  }
}
