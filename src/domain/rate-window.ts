/** Counts what happens in slots of equal length over the last while. Times are in ms and may stand still, never go back. */
export class RateWindow {
  readonly slotMs: number;
  readonly #counts: Float64Array;
  /** The number of the newest slot, from the beginning of time. */
  #newest = 0;

  constructor(slotMs: number, slots: number) {
    this.slotMs = slotMs;
    this.#counts = new Float64Array(slots);
  }

  add(count: number, nowMs: number): void {
    this.#advance(nowMs);
    const slot = this.#newest % this.#counts.length;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
  }

  /** How many in each slot, the oldest first. */
  series(nowMs: number): number[] {
    this.#advance(nowMs);
    const { length } = this.#counts;
    return Array.from({ length }, (_, i) => this.#counts[(this.#newest + 1 + i) % length] ?? 0);
  }

  #advance(nowMs: number): void {
    const slot = Math.floor(nowMs / this.slotMs);
    const { length } = this.#counts;
    if (slot - this.#newest >= length) this.#counts.fill(0);
    else for (let i = this.#newest + 1; i <= slot; i++) this.#counts[i % length] = 0;
    this.#newest = Math.max(this.#newest, slot);
  }
}
