import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { HistogramSnapshot } from "../domain/histogram.js";
import type { RunAccount } from "../domain/run-record.js";
import { histogramOf } from "../domain/summary.js";

/** Steps of a percentile distribution in each half of what is left to 100 %, as HdrHistogram's own tools take them. */
const TICKS_PER_HALF = 5;

/** Recorded values are µs; both forms show ms. */
const US_PER_MS = 1000;

const EMPTY = { bitBucketSize: 64, numberOfSignificantValueDigits: 3, useWebAssembly: false } as const;

const inSeconds = (us: number): string => (us / 1e6).toFixed(3);

/** A tag ends at a comma. */
const tagOf = (messageId: string): string => messageId.replaceAll(/[\s,]/g, "_");

/**
 * The timed broadcasts as an interval log of HdrHistogram, version 1.3: a line a broadcast, tagged with its message id, its
 * interval from when it was due to its last receipt, relative to the first. Recorded values are µs, `Interval_Max` is ms.
 */
export function* hlogText(account: RunAccount): Generator<string> {
  const timed = account.broadcasts.filter(({ warmup }) => !warmup);
  const start = timed.reduce((least, { dueAtUs }) => Math.min(least, dueAtUs), timed[0]?.dueAtUs ?? 0);
  yield "#[Latencies of broadcasts by iotb: one line a broadcast, values in microseconds, Interval_Max in milliseconds]\n";
  yield "#[Histogram log format version 1.3]\n";
  yield `#[BaseTime: ${inSeconds(start)} (seconds since epoch)]\n`;
  yield `#[StartTime: ${inSeconds(start)} (seconds since epoch), ${new Date(start / US_PER_MS).toISOString()}]\n`;
  yield '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n';
  for (const { messageId, dueAtUs, lastAtUs, acceptedAtUs, latency } of timed) {
    const end = Math.max(lastAtUs ?? acceptedAtUs, dueAtUs);
    const max = (latency.maxUs / US_PER_MS).toFixed(3);
    yield `Tag=${tagOf(messageId)},${inSeconds(dueAtUs - start)},${inSeconds(end - dueAtUs)},${max},${encodedOf(latency)}\n`;
  }
}

/** The latencies of all timed broadcasts together as HdrHistogram's percentile distribution, in ms. */
export const hgrmText = (account: RunAccount): string => {
  const timed = account.broadcasts.filter(({ warmup }) => !warmup);
  const total = histogramOf(...timed.map(({ latency }) => latency)).snapshot();
  return decodeFromCompressedBase64(encodedOf(total), EMPTY.bitBucketSize).outputPercentileDistribution(
    TICKS_PER_HALF,
    US_PER_MS,
  );
};

/** A histogram of no value has a text of its own in these logs. */
const encodedOf = ({ encoded, count }: HistogramSnapshot): string =>
  count > 0
    ? encoded
    : encodeIntoCompressedBase64(build({ ...EMPTY, lowestDiscernibleValue: 1, highestTrackableValue: 2 }));
