/** A time in ms for people: three digits that count, with its unit; a dash where it is not known. */
export const formatMs = (ms: number | null): string => {
  if (ms === null) return "–";
  // each limit lies where rounding would bring a fourth digit
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 999.5) return `${ms < 9.995 ? ms.toFixed(2) : ms < 99.95 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
};
