import { ArrivalSlot } from "./arrivals.js";

/** Receipts whose id belongs to no broadcast of the run: how many, and the first ids. */
export type ForeignReceipts = { readonly receipts: number; readonly ids: readonly string[] };

/** How many ids of foreign broadcasts are named. */
export const FOREIGN_IDS_KEPT = 10;

/** How many ids may hold arrays beyond the broadcasts in flight: room for ids that arrive before the API has answered. */
const SPARE_SLOTS = 4;

/**
 * The slots of one process, by message id. An id gets a slot at its first receipt, because receipts may come before the API
 * call has answered with the id; `claim` makes it the run's own. At most (claimed + 4) ids hold an array, so a hostile server
 * cannot exhaust memory with ids; what does not fit is counted, and {@link ArrivalTable.wasTurnedAway} tells whether an id
 * that was claimed later may have lost receipts that way.
 */
export class ArrivalTable {
  readonly #deviceCount: number;
  readonly #slots = new Map<string, ArrivalSlot>();
  readonly #claimed = new Set<string>();
  readonly #settled = new Set<string>();
  /** Ids that arrived when no slot was free, with their receipts; more than these are counted without their id. */
  readonly #turnedAway = new Map<string, number>();
  #turnedAwayUnnamed = 0;
  /** Ids that can be no broadcast of the run, with their receipts; more than these are counted without their id. */
  readonly #foreign = new Map<string, number>();
  #foreignUnnamed = 0;
  #afterSettling = 0;

  constructor(deviceCount: number) {
    this.#deviceCount = deviceCount;
  }

  /** The slot that receipts of this id go to, or null where they are only counted (by this call, as one receipt). */
  slotFor(messageId: string): ArrivalSlot | null {
    const slot = this.#slots.get(messageId);
    if (slot !== undefined) return slot;
    if (this.#settled.has(messageId)) {
      this.#afterSettling++;
      return null;
    }
    if (this.#foreign.has(messageId)) {
      this.#addForeign(messageId, 1);
      return null;
    }
    if (this.#slots.size >= this.#claimed.size + SPARE_SLOTS) {
      this.#turnAway(messageId);
      return null;
    }
    return this.#open(messageId);
  }

  /** Ids that hold an array now. */
  get slotCount(): number {
    return this.#slots.size;
  }

  /**
   * To be called before a broadcast is sent, with no call under way: ids that arrived until now and were not claimed are
   * foreign for good. They give up their room, so that other people's broadcasts never crowd out the run's own.
   */
  dismissUnclaimed(): void {
    for (const [id, slot] of this.#slots) {
      if (this.#claimed.has(id)) continue;
      this.#slots.delete(id);
      this.#addForeign(id, slot.received + slot.duplicates + slot.misdirected);
    }
    for (const [id, count] of this.#turnedAway) this.#addForeign(id, count);
    this.#turnedAway.clear();
    this.#foreignUnnamed += this.#turnedAwayUnnamed;
    this.#turnedAwayUnnamed = 0;
  }

  /** Makes an id the run's own and returns its slot. An id that no one claims is foreign. */
  claim(messageId: string): ArrivalSlot {
    this.#claimed.add(messageId);
    return this.#slots.get(messageId) ?? this.#open(messageId);
  }

  /** Gives up a claimed id's slot; receipts that come later are counted as after settling. */
  release(messageId: string): void {
    this.#slots.delete(messageId);
    this.#claimed.delete(messageId);
    this.#settled.add(messageId);
  }

  /** Whether receipts of this id may have been turned away before it was claimed: its account is then not to be trusted. */
  wasTurnedAway(messageId: string): boolean {
    return this.#turnedAway.has(messageId) || this.#turnedAwayUnnamed > 0 || this.#foreign.has(messageId);
  }

  /** Receipts of broadcasts that had settled before. */
  get afterSettling(): number {
    return this.#afterSettling;
  }

  /** What no broadcast of the run accounts for, as of now. */
  foreign(): ForeignReceipts {
    const ids = [...this.#foreign.keys()];
    let receipts = this.#turnedAwayUnnamed + this.#foreignUnnamed;
    for (const count of this.#foreign.values()) receipts += count;
    for (const [id, slot] of this.#slots) {
      if (this.#claimed.has(id)) continue;
      receipts += slot.received + slot.duplicates + slot.misdirected;
      ids.push(id);
    }
    for (const [id, count] of this.#turnedAway) {
      receipts += count;
      ids.push(id);
    }
    return { receipts, ids: ids.slice(0, FOREIGN_IDS_KEPT) };
  }

  #open(messageId: string): ArrivalSlot {
    const slot = new ArrivalSlot(this.#deviceCount);
    this.#slots.set(messageId, slot);
    return slot;
  }

  #turnAway(messageId: string): void {
    const known = this.#turnedAway.get(messageId);
    if (known !== undefined || this.#turnedAway.size < FOREIGN_IDS_KEPT) {
      this.#turnedAway.set(messageId, (known ?? 0) + 1);
    } else {
      this.#turnedAwayUnnamed++;
    }
  }

  #addForeign(messageId: string, receipts: number): void {
    const known = this.#foreign.get(messageId);
    if (known !== undefined || this.#foreign.size < FOREIGN_IDS_KEPT) {
      this.#foreign.set(messageId, (known ?? 0) + receipts);
    } else {
      this.#foreignUnnamed += receipts;
    }
  }
}
