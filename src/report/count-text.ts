import { grouped as groupedCount } from "../domain/counted.js";

/** A count with commas between its thousands; null is not known. */
export const grouped = (count: number | null): string => (count === null ? "not known" : groupedCount(count));
