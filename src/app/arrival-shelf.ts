import { ArrivalSlot } from "../domain/arrivals.js";
import type { ArrivalStore } from "./ports.js";

/** A broadcast's slot, and whether its arrays are in memory. */
export type ShelvedSlot = {
  readonly number: number;
  readonly slot: ArrivalSlot;
  /** Its arrays' bytes as they are counted now; -1 while they are put by. */
  held: number;
  usedAt: number;
};

/** How full the shelf is after something was put by: not the next array again. */
const ROOM_LEFT = 0.75;

/**
 * The slots of many broadcasts within a number of bytes. Those that were not used for longest, which in a recording are those that
 * have settled, are put by in a store, and come back when a line or the account asks for them: nothing is lost and nothing
 * rounded, wherever it was.
 */
export class ArrivalShelf {
  readonly #store: ArrivalStore | null;
  readonly #bytes: number;
  readonly #slots: ShelvedSlot[] = [];
  #held = 0;
  #turn = 0;

  /** Without a store everything stays in memory. */
  constructor(store: ArrivalStore | null, bytes: number) {
    this.#store = store;
    this.#bytes = bytes;
  }

  /** A new broadcast's slot, without room for any device yet. */
  add(): ShelvedSlot {
    const shelved = { number: this.#slots.length, slot: new ArrivalSlot(0), held: 0, usedAt: 0 };
    this.#slots.push(shelved);
    return shelved;
  }

  /** Its slot, in memory and with room for so many devices. To be given back before another one is taken. */
  take(shelved: ShelvedSlot, deviceCount: number): ArrivalSlot {
    if (shelved.held < 0 && this.#store !== null) {
      shelved.slot.takeBack(this.#store.get(shelved.number));
      shelved.held = 0;
    }
    shelved.usedAt = ++this.#turn;
    shelved.slot.grow(deviceCount);
    return shelved.slot;
  }

  /** The slot that was taken stands on the shelf again. */
  giveBack(shelved: ShelvedSlot): void {
    const { byteLength } = shelved.slot;
    this.#held += byteLength - shelved.held;
    shelved.held = byteLength;
    if (this.#held > this.#bytes) this.#putBy(shelved);
  }

  /** The slot is needed no more. */
  drop(shelved: ShelvedSlot): void {
    this.#held -= Math.max(shelved.held, 0);
    shelved.held = 0;
    shelved.slot.giveAway();
  }

  #putBy(inUse: ShelvedSlot): void {
    if (this.#store === null) return;
    const inMemory = this.#slots.filter((shelved) => shelved.held > 0 && shelved !== inUse);
    for (const shelved of inMemory.sort((a, b) => a.usedAt - b.usedAt)) {
      if (this.#held <= this.#bytes * ROOM_LEFT) return;
      this.#store.put(shelved.number, shelved.slot.giveAway());
      this.#held -= shelved.held;
      shelved.held = -1;
    }
  }
}
