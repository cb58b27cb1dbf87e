import type { Histogram } from "hdr-histogram-js";

/** What HdrHistogram of three significant digits keeps apart: every value below this, then as many of each power of two. */
const EXACT = 2_048;
const HALF_BITS = 10;
/** Values up to 2^31 - 1 have one of these places. */
const PLACES = (31 - HALF_BITS - 1) * (EXACT / 2) + EXACT;

/**
 * Counts whole numbers at the places that HdrHistogram of three significant digits gives them, without its logarithms: a few
 * instructions a number. {@link HdrCounts.drainInto} leaves a histogram as if each number had been recorded in it.
 */
export class HdrCounts {
  /** Made when first needed. */
  #counts: Uint32Array | null = null;
  #first = PLACES;
  #last = -1;

  /** Counts a whole number of 0 or more; false where it is too large to be counted here. */
  record(value: number): boolean {
    if (value > 0x7fff_ffff) return false;
    const bucket = Math.max(31 - HALF_BITS - Math.clz32(value), 0);
    const place = (bucket << HALF_BITS) + (value >> bucket);
    this.#counts ??= new Uint32Array(PLACES);
    this.#counts[place] = (this.#counts[place] as number) + 1;
    if (place < this.#first) this.#first = place;
    if (place > this.#last) this.#last = place;
    return true;
  }

  /** Hands its counts over and has none afterwards. */
  drainInto(histogram: Histogram): void {
    const counts = this.#counts;
    if (counts === null || this.#last < 0) return;
    for (let place = this.#first; place <= this.#last; place++) {
      const count = counts[place] as number;
      if (count === 0) continue;
      const bucket = Math.max((place >> HALF_BITS) - 1, 0);
      histogram.recordValueWithCount((place - (bucket << HALF_BITS)) * 2 ** bucket, count);
      counts[place] = 0;
    }
    this.#first = PLACES;
    this.#last = -1;
  }
}
