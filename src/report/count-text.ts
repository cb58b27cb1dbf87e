import { grouped } from "../domain/counted.js";

/** A count with commas between its thousands; null is not known. */
export const countText = (count: number | null): string => (count === null ? "not known" : grouped(count));
