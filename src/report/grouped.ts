/** A count with commas between its thousands; null is not known. */
export const grouped = (count: number | null): string => (count === null ? "not known" : count.toLocaleString("en-US"));
