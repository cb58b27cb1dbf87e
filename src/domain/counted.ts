/** A count as people read it, its thousands set apart: `12,345`. */
export const grouped = (count: number): string => count.toLocaleString("en-US");

/** So many of something: `1 device`, `12,345 devices`; `many` is what one s does not make. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;
