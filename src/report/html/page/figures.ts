import { formatMs } from "../../format-ms.js";

const UNKNOWN = "not known";

/** A count in groups of three. */
export const countText = (count: number | null): string => (count === null ? UNKNOWN : count.toLocaleString("en-US"));

/** A count with the word for what is counted. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;

/** A time in ms. */
export const msText = (ms: number | null): string => (ms === null ? UNKNOWN : formatMs(ms));

/** A time in ms that may be as long as a day. */
const spanText = (ms: number): string =>
  ms < 120_000 ? formatMs(ms) : ms < 7_200_000 ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / 3_600_000).toFixed(1)} h`;

/** A moment by when its broadcast was due. */
export const momentText = (ms: number): string =>
  ms < 0 ? `${spanText(-ms)} before due` : `${spanText(ms)} after due`;

/** A time in ms at an axis: no more digits than it takes. */
export const msTick = (ms: number): string =>
  ms === 0
    ? "0"
    : ms < 1
      ? `${Number((ms * 1000).toPrecision(3))} µs`
      : ms < 1000
        ? `${Number(ms.toPrecision(4))} ms`
        : `${Number((ms / 1000).toPrecision(4))} s`;

/** A rate at an axis. */
export const rateTick = (rate: number): string =>
  rate < 1000
    ? `${Number(rate.toPrecision(3))}/s`
    : rate < 1e6
      ? `${Number((rate / 1000).toPrecision(3))}k/s`
      : `${Number((rate / 1e6).toPrecision(3))}M/s`;

/** A part of a whole in %, never rounded up to a whole that it is not. */
export const shareText = (part: number | null, whole: number | null): string => {
  if (part === null || whole === null || whole === 0) return UNKNOWN;
  const percent = Math.floor((1_000_000 * part) / whole) / 10_000;
  return `${percent.toLocaleString("en-US", { maximumFractionDigits: percent > 99 ? 4 : 2 })} %`;
};

/** A share of 1 as it is usually written: `99.9 %`. */
export const percentText = (share: number): string => `${Number((share * 100).toFixed(4))} %`;

/** A rate, `12.3k/s`. */
export const rateText = (rate: number | null): string => {
  if (rate === null) return UNKNOWN;
  if (rate >= 999_500) return `${(rate / 1e6).toFixed(2)}M/s`;
  if (rate >= 9_995) return `${(rate / 1000).toFixed(1)}k/s`;
  return `${Math.round(rate).toLocaleString("en-US")}/s`;
};

/** A moment of the calendar, UTC to the millisecond. */
export const unixText = (us: number): string => {
  const date = new Date(us / 1000);
  return Number.isNaN(date.getTime()) ? UNKNOWN : `${date.toISOString().replace("T", " ").slice(0, 23)} UTC`;
};

/** Bytes in GiB or MiB. */
export const bytesText = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(0)} MiB`;
