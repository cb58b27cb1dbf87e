const ZERO = 0x30;
/** Digits of a Unix time in µs between the years 2001 and 2286. */
export const TIME_DIGITS = 16;

/** The number of four digits at `at`, or something negative where one of them is none. */
const fourDigitsAt = (view: DataView, at: number): number => {
  const digits = (view.getInt32(at, true) - 0x30303030) | 0;
  // a byte above 9 sets its highest bit in the sum, one below 0 has it set
  if (((digits | (digits + 0x76767676)) & 0x80808080) !== 0) return -1;
  const pairs = (digits * 10 + (digits >>> 8)) & 0x00ff00ff;
  return (pairs & 0xff) * 100 + (pairs >>> 16);
};

/** The whole number of sixteen digits at `at`; negative where a digit is none, or the first is 0. Beyond 2^53 it is rounded. */
export const sixteenDigitsAt = (view: DataView, at: number): number => {
  const a = fourDigitsAt(view, at);
  const b = fourDigitsAt(view, at + 4);
  const c = fourDigitsAt(view, at + 8);
  const d = fourDigitsAt(view, at + 12);
  if (a < 1000 || (b | c | d) < 0) return -1;
  return (a * 10_000 + b) * 100_000_000 + (c * 10_000 + d);
};

/** How many digits of a number that is no longer than fifteen stand at `at`; none where the first of several is 0. */
export const digitsAt = (bytes: Uint8Array, at: number): number => {
  let end = at;
  while (end - at < TIME_DIGITS) {
    const digit = (bytes[end] as number) - ZERO;
    if (digit < 0 || digit > 9) break;
    end++;
  }
  return end - at > 1 && bytes[at] === ZERO ? 0 : end - at;
};

/** The number of `digits` digits at `at`. */
export const decimalAt = (bytes: Uint8Array, at: number, digits: number): number => {
  let value = 0;
  for (let i = at; i < at + digits; i++) value = value * 10 + (bytes[i] as number) - ZERO;
  return value;
};
