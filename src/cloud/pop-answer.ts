/** What a call was answered with, as plain JSON values: numbers too long for a double have become text, digit for digit. */
export type PopAnswer = Record<string, unknown>;

/** Whether a value is an object with named members. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The library's long numbers. JSON makes no functions, so nothing that an answer holds can pass for one. */
const isBigNumber = (value: object): value is { toFixed(): string } =>
  "toFixed" in value && typeof value.toFixed === "function";

/** Copies a parsed answer, with each long number as its exact text. Throws RangeError on absurd nesting. */
export const plainJson = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plainJson);
  if (isBigNumber(value)) return value.toFixed();
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainJson(member)]));
};

/** A member that is text, or an empty text. */
export const textOf = (answer: Record<string, unknown>, name: string): string => {
  const value = answer[name];
  return typeof value === "string" ? value : "";
};

/** A member that is a record, or an empty one. */
export const recordOf = (answer: Record<string, unknown>, name: string): Record<string, unknown> => {
  const value = answer[name];
  return isRecord(value) ? value : {};
};

/** The platform's id of a call, for its support; null where the answer has none that looks like one. */
export const requestIdOf = (answer: Record<string, unknown>): string | null => {
  const id = textOf(answer, "RequestId");
  return /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : null;
};
