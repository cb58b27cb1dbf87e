import type { ArrivalSlot } from "../domain/arrivals.js";
import type { ShardLoad } from "../domain/generator.js";
import type { LoadTurn, WindowLoad } from "../domain/load-turns.js";
import type { Micros } from "../domain/time.js";
import type { LoadMeter } from "./load-meter.js";

/**
 * The load of one process for each broadcast, by its slot: from the sending to the slot's mark. Either may become known first, and as
 * soon as both are the load is worked out, because the meter forgets.
 */
export class BroadcastLoads {
  readonly #meter: LoadMeter;
  readonly #sentAt = new WeakMap<ArrivalSlot, Micros>();
  readonly #marks = new WeakMap<ArrivalSlot, LoadTurn>();
  readonly #loads = new WeakMap<ArrivalSlot, WindowLoad | null>();
  readonly #onMark = (slot: ArrivalSlot): void => {
    this.#marks.set(slot, this.#meter.look());
    this.#workOut(slot);
  };

  constructor(meter: LoadMeter) {
    this.#meter = meter;
  }

  /** A broadcast is about to be sent. */
  announced(): void {
    this.#meter.start();
  }

  /** A slot is about to get its first receipt; its mark is the arrival of number `markCount`. */
  begins(slot: ArrivalSlot, markCount: number): void {
    slot.markCount = markCount;
    slot.onMark = this.#onMark;
    // where a broadcast's wait ends and its work begins: makes its load from its sending on exact
    this.#meter.look();
  }

  sent(slot: ArrivalSlot, at: Micros): void {
    this.#sentAt.set(slot, at);
    this.#workOut(slot);
  }

  /** The load of a broadcast that settles; null where its mark was not reached. */
  loadOf(slot: ArrivalSlot): ShardLoad | null {
    const load = this.#loads.get(slot) ?? null;
    if (load === null) return null;
    const { from, to, ...measured } = load;
    return {
      ...measured,
      ...this.#meter.pausesIn({ from, to }),
      receiptsPerSecond: slot.markCount / ((to - from) / 1e6),
    };
  }

  /** No broadcast is awaited or in flight. */
  rest(): void {
    this.#meter.rest();
  }

  #workOut(slot: ArrivalSlot): void {
    const sentAt = this.#sentAt.get(slot);
    const mark = this.#marks.get(slot);
    if (sentAt !== undefined && mark !== undefined) this.#loads.set(slot, this.#meter.between(sentAt, mark));
  }
}
