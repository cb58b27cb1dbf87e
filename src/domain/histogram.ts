import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
  JsHistogram,
} from "hdr-histogram-js";
import { HdrCounts } from "./hdr-counts.js";
import type { Micros } from "./time.js";

/** A histogram as it travels between processes: HdrHistogram V2 compressed, base64, with what its buckets would round. */
export type HistogramSnapshot = {
  readonly encoded: string;
  readonly count: number;
  /** Exact, µs; 0 where nothing was recorded. */
  readonly minUs: number;
  readonly maxUs: number;
  readonly sumUs: number;
};

/**
 * The distinct times of a histogram, ascending, µs to three significant digits: `upTo[i]` samples were `us[i]` or faster. What
 * {@link LatencyHistogram.atRank} tells of one rank, told of all.
 */
export type RecordedTimes = { readonly us: readonly number[]; readonly upTo: readonly number[] };

/** Three significant digits at any size. Not WebAssembly: it would cost its start in every process. */
const emptyHdr = (): Histogram =>
  build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    autoResize: true,
    useWebAssembly: false,
  });

/**
 * Times in whole µs. Minimum, maximum and mean are exact; percentiles have three significant digits. Histograms merge
 * exactly: recording into parts and adding them gives the same as recording into one. Values below 0 are the caller's to keep out.
 */
export class LatencyHistogram {
  readonly #recorded = emptyHdr();
  /** Recorded and not yet in the histogram. */
  readonly #fresh = new HdrCounts();
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #sum = 0;

  /** Records one time of 0 µs or more. */
  record(value: Micros): void {
    const whole = Math.round(value);
    if (!this.#fresh.record(whole)) this.#recorded.recordValue(whole);
    this.#count++;
    this.#sum += whole;
    if (whole < this.#min) this.#min = whole;
    if (whole > this.#max) this.#max = whole;
  }

  /** Adds another process's histogram. */
  add(snapshot: HistogramSnapshot): void {
    if (snapshot.count === 0) return;
    this.#recorded.add(decodeFromCompressedBase64(snapshot.encoded, 64));
    this.#count += snapshot.count;
    this.#sum += snapshot.sumUs;
    this.#min = Math.min(this.#min, snapshot.minUs);
    this.#max = Math.max(this.#max, snapshot.maxUs);
  }

  get count(): number {
    return this.#count;
  }

  get #hdr(): Histogram {
    this.#fresh.drainInto(this.#recorded);
    return this.#recorded;
  }

  /** Exact, µs; null where nothing was recorded. */
  get minUs(): number | null {
    return this.#count === 0 ? null : this.#min;
  }

  /** Exact, µs; null where nothing was recorded. */
  get maxUs(): number | null {
    return this.#count === 0 ? null : this.#max;
  }

  /** Exact, µs; null where nothing was recorded. */
  get meanUs(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  /**
   * The time of the `rank`th fastest (from 1), µs to three significant digits, never outside the exact minimum and maximum;
   * null where there are fewer.
   */
  atRank(rank: number): number | null {
    if (rank < 1 || rank > this.#count) return null;
    if (rank === this.#count) return this.#max;
    // half a rank below, so that no rounding of the quotient can reach the next rank
    const value = this.#hdr.getValueAtPercentile((100 * (rank - 0.5)) / this.#count);
    return Math.min(Math.max(value, this.#min), this.#max);
  }

  /** All times recorded, for curves; linear in the histogram's size. */
  recordedTimes(): RecordedTimes {
    const us: number[] = [];
    const upTo: number[] = [];
    // the interface says nothing of iterators; every histogram that is no WebAssembly has one
    if (!(this.#hdr instanceof JsHistogram) || this.#count === 0) return { us, upTo };
    const iterator = this.#hdr.recordedValuesIterator;
    iterator.reset();
    while (iterator.hasNext()) {
      const { valueIteratedTo, totalCountToThisValue } = iterator.next();
      // the last bucket's upper end lies above the exact maximum
      us.push(totalCountToThisValue === this.#count ? this.#max : Math.max(valueIteratedTo, this.#min));
      upTo.push(totalCountToThisValue);
    }
    return { us, upTo };
  }

  snapshot(): HistogramSnapshot {
    return {
      encoded: this.#count === 0 ? "" : encodeIntoCompressedBase64(this.#hdr),
      count: this.#count,
      minUs: this.#count === 0 ? 0 : this.#min,
      maxUs: this.#max,
      sumUs: this.#sum,
    };
  }
}

/** How often each time was recorded: `counts[i]` times the time `values[i]`, µs as percentiles show it, ascending. */
export type HistogramBuckets = { readonly values: readonly number[]; readonly counts: readonly number[] };

/** The filled buckets of a histogram that travelled. */
export const bucketsOf = (snapshot: HistogramSnapshot): HistogramBuckets => {
  const values: number[] = [];
  const counts: number[] = [];
  if (snapshot.count === 0) return { values, counts };
  const hdr = decodeFromCompressedBase64(snapshot.encoded, 64);
  if (!(hdr instanceof JsHistogram)) throw new TypeError("a histogram of another kind");
  for (let i = 0; i < hdr.countsArrayLength; i++) {
    const count = hdr.getCountAtIndex(i);
    if (count === 0) continue;
    values.push(hdr.highestEquivalentValue(hdr.valueFromIndex(i)));
    counts.push(count);
  }
  return { values, counts };
};

/** A quantile in thousandths, so that 0.999 is exact. */
export type PerMille = number;

/** Whether `count` samples say anything of this quantile: at least one sample must lie above it. */
export const isKnown = (count: number, quantile: PerMille): boolean => count * (1000 - quantile) >= 1000;

/** The time at a quantile by nearest rank, µs; null where {@link isKnown} says no. */
export const atQuantile = (histogram: LatencyHistogram, quantile: PerMille): number | null =>
  isKnown(histogram.count, quantile) ? histogram.atRank(Math.ceil((quantile * histogram.count) / 1000)) : null;
