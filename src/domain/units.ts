import { IotbError } from "./errors.js";
import { type Micros, micros } from "./time.js";

/** The duration units a user may write, in microseconds. */
const DURATION_UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};

/** A plain decimal number: no sign, no exponent, no hex. */
const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)$/;

const refuse = (given: string, what: string, examples: string): IotbError =>
  new IotbError("usage", `${JSON.stringify(given)} is not ${what}`, { hint: `write it like ${examples}` });

/**
 * Reads a duration: `500ms`, `10s`, `2m`, `1h`, `250us`. A bare number counts in `bareUnit` (seconds, where nothing else is said).
 * Throws `usage`.
 */
export const parseDuration = (text: string, bareUnit: "s" | "ms" = "s"): Micros => {
  const match = NUMBER_AND_UNIT.exec(text.trim().toLowerCase());
  const scale = match === null ? undefined : DURATION_UNITS[match[2] || bareUnit];
  const value = scale === undefined ? Number.NaN : Number(match?.[1]) * scale;
  if (!Number.isSafeInteger(Math.round(value))) {
    const bare = bareUnit === "s" ? "seconds" : "milliseconds";
    throw refuse(text, "a duration", `500ms, 10s, 2m or 1h; a bare number is ${bare}`);
  }
  return micros(Math.round(value));
};

/** Reads a rate above zero in events per second: `500/s` or `500`. Throws `usage`. */
export const parseRate = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:\/\s*s)?$/.exec(text.trim().toLowerCase());
  const value = Number(match?.[1]);
  if (!(value > 0 && Number.isFinite(value))) throw refuse(text, "a rate", "500/s or 500");
  return value;
};

/** Reads a percentage, `99.9%`, from 0 to 100, as a fraction. Throws `usage`. */
export const parsePercentage = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*%$/.exec(text.trim());
  const value = Number(match?.[1]) / 100;
  if (!(value >= 0 && value <= 1)) throw refuse(text, "a percentage from 0% to 100%", "100% or 99.9%");
  return value;
};

/** So many of a fleet: a number of devices, or a fraction of those expected. */
export type Share =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "fraction"; readonly fraction: number };

/** Reads a share of a fleet: `100%`, or a number of devices. Throws `usage`. */
export const parseShare = (text: string): Share => {
  const trimmed = text.trim();
  if (trimmed.endsWith("%")) return { kind: "fraction", fraction: parsePercentage(trimmed) };
  if (/^\d{1,15}$/.test(trimmed)) return { kind: "count", count: Number(trimmed) };
  throw refuse(text, "a number of devices or a percentage", "20 or 99.9%");
};

/** The number of devices a share is of `total`; a fraction is rounded up. */
export const shareOf = (share: Share, total: number): number =>
  share.kind === "count" ? share.count : Math.ceil(Number((share.fraction * total).toFixed(6)));

/** Reads a whole number from `least` to `most`. Throws `usage`. */
export const parseWhole = (text: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number => {
  const trimmed = text.trim();
  const value = /^\d{1,16}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (!(value >= least && value <= most)) {
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
    throw new IotbError("usage", `${JSON.stringify(text)} is not a whole number ${range}`);
  }
  return value;
};

/** Three significant digits, trailing zeros of a fraction kept off. */
const threeDigits = (value: number): string => {
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(decimals).replace(/\.0+$|(\.\d*[1-9])0+$/, "$1");
};

/** A duration for people: `640 us`, `1.24 ms`, `3.1 s`, `2 min 5 s`, `1 h 3 min`. Negative ones keep their sign. */
export const formatDuration = (us: number): string => {
  if (us < 0) return `-${formatDuration(-us)}`;
  if (us < 999.5) return `${threeDigits(us)} us`;
  if (us < 999_500) return `${threeDigits(us / 1_000)} ms`;
  if (us < 59_950_000) return `${threeDigits(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 3600) return withRest(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  return withRest(Math.floor(minutes / 60), "h", minutes % 60, "min");
};

const withRest = (whole: number, unit: string, rest: number, restUnit: string): string =>
  rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${restUnit}`;
