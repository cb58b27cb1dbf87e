import { type Micros, micros } from "./time.js";

/** What one look at a process found. All but `at` and `lateUs` are sums since the process started, µs. */
export type LoadTurn = {
  readonly at: Micros;
  /** Time that the event loop waited for something to do. */
  readonly idleUs: number;
  readonly cpuUs: number;
  /** Time that the loop's thread was ready to run and had no core; NaN where the system does not tell. */
  readonly runQueueUs: number;
  /** How much later than due this look came: the loop was not free. */
  readonly lateUs: number;
};

/** The load between two moments. */
export type WindowLoad = {
  readonly from: Micros;
  readonly to: Micros;
  /** Share of the time that the event loop was busy, 0…1. */
  readonly utilization: number;
  readonly cpuCores: number;
  readonly runQueueMs: number | null;
  readonly loopDelayMaxMs: number;
  readonly loopDelayP99Ms: number;
};

const FIELDS = 5;

/** Remembers the last looks at a process, so that its load from any moment among them on can be told afterwards. */
export class LoadTurns {
  readonly #capacity: number;
  readonly #cells: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#cells = new Float64Array(capacity * FIELDS);
  }

  /** One more look, not before the last one. The oldest gives way. */
  add({ at, idleUs, cpuUs, runQueueUs, lateUs }: LoadTurn): void {
    const cell = (this.#count++ % this.#capacity) * FIELDS;
    this.#cells[cell] = at;
    this.#cells[cell + 1] = idleUs;
    this.#cells[cell + 2] = cpuUs;
    this.#cells[cell + 3] = runQueueUs;
    this.#cells[cell + 4] = lateUs;
  }

  /**
   * The load from `sentAt` to the look `mark`. What the sums were at `sentAt` is interpolated between the looks before and after
   * it, so a wait before the sending does not thin the load out; of a delay that began before it, the rest counts. Where the looks
   * do not reach back so far, the window begins at the oldest one; null where that leaves nothing.
   */
  between(sentAt: Micros, mark: LoadTurn): WindowLoad | null {
    const delays: number[] = [mark.lateUs];
    let later = mark;
    let earlier: LoadTurn | null = null;
    for (let i = this.#count - 1; i >= Math.max(0, this.#count - this.#capacity); i--) {
      const turn = this.#at(i);
      if (turn.at >= mark.at) continue;
      if (turn.at <= sentAt) {
        earlier = turn;
        break;
      }
      later = turn;
      delays.push(turn.lateUs);
    }
    const start = earlier === null ? later : interpolate(earlier, later, sentAt);
    const length = mark.at - start.at;
    if (length <= 0) return null;
    // `delays` runs backwards: its last one ended at `later`, and may have begun before the window did
    const last = delays.length - 1;
    delays[last] = Math.min(delays[last] as number, later.at - start.at);
    delays.sort((a, b) => a - b);
    const runQueueUs = mark.runQueueUs - start.runQueueUs;
    return {
      from: start.at,
      to: mark.at,
      utilization: Math.min(1, Math.max(0, 1 - (mark.idleUs - start.idleUs) / length)),
      cpuCores: (mark.cpuUs - start.cpuUs) / length,
      runQueueMs: Number.isNaN(runQueueUs) ? null : runQueueUs / 1000,
      loopDelayMaxMs: (delays.at(-1) as number) / 1000,
      loopDelayP99Ms: (delays[Math.ceil(delays.length * 0.99) - 1] as number) / 1000,
    };
  }

  #at(number: number): LoadTurn {
    const cell = (number % this.#capacity) * FIELDS;
    const field = (i: number) => this.#cells[cell + i] as number;
    return { at: micros(field(0)), idleUs: field(1), cpuUs: field(2), runQueueUs: field(3), lateUs: field(4) };
  }
}

/** The sums at a moment between two looks. */
const interpolate = (earlier: LoadTurn, later: LoadTurn, at: Micros): LoadTurn => {
  const span = later.at - earlier.at;
  const share = span > 0 ? (at - earlier.at) / span : 1;
  const between = (from: number, to: number) => from + (to - from) * share;
  return {
    at,
    idleUs: between(earlier.idleUs, later.idleUs),
    cpuUs: between(earlier.cpuUs, later.cpuUs),
    runQueueUs: between(earlier.runQueueUs, later.runQueueUs),
    lateUs: 0,
  };
};
