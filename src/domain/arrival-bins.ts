/** The width of a bin, µs. */
export const BIN_US = 10_000;

/** Later than this is counted in the last bin, so that a clock gone wrong costs no memory: ten hours. */
const LAST_BIN = 3_600_000;

/**
 * How many deliveries came in each 10 ms from when a broadcast was due: `counts[i]` those of bin `firstBin + i`. For curves over time;
 * percentiles always come from the histogram.
 */
export type ArrivalBins = { readonly firstBin: number; readonly counts: readonly number[] };

/** No delivery at all. */
export const NO_ARRIVALS: ArrivalBins = { firstBin: 0, counts: [] };

const between = (first: number, last: number, countOf: (bin: number) => number): ArrivalBins =>
  last < first
    ? NO_ARRIVALS
    : { firstBin: first, counts: Array.from({ length: last - first + 1 }, (_, i) => countOf(first + i)) };

/** The bins of the first forty seconds, which most deliveries are in, are counted without a look-up. */
const NEAR_BINS = 4_096;

/** Counts deliveries into bins. */
export class BinCounter {
  #near: Uint32Array | null = null;
  readonly #far = new Map<number, number>();
  #first = Number.POSITIVE_INFINITY;
  #last = -1;

  /** One delivery so late, 0 µs or more. */
  record(lateUs: number): void {
    const bin = Math.min(Math.floor(lateUs / BIN_US), LAST_BIN);
    if (bin < NEAR_BINS) {
      this.#near ??= new Uint32Array(NEAR_BINS);
      this.#near[bin] = (this.#near[bin] as number) + 1;
    } else this.#far.set(bin, (this.#far.get(bin) ?? 0) + 1);
    if (bin < this.#first) this.#first = bin;
    if (bin > this.#last) this.#last = bin;
  }

  bins(): ArrivalBins {
    return between(this.#first, this.#last, (bin) =>
      bin < NEAR_BINS ? (this.#near?.[bin] ?? 0) : (this.#far.get(bin) ?? 0),
    );
  }
}

/** The bins of several parts of a fleet, or of several broadcasts, added: exact, in any order. */
export const mergeBins = (parts: readonly ArrivalBins[]): ArrivalBins => {
  const filled = parts.filter(({ counts }) => counts.length > 0);
  const first = filled.reduce((least, { firstBin }) => Math.min(least, firstBin), Number.POSITIVE_INFINITY);
  const last = filled.reduce((most, { firstBin, counts }) => Math.max(most, firstBin + counts.length - 1), -1);
  return between(first, last, (bin) =>
    filled.reduce((sum, { firstBin, counts }) => sum + (counts[bin - firstBin] ?? 0), 0),
  );
};
