/**
 * What a value from a file must be to be taken for a `T`. Answers where it is not, as a path from the value (`.files.x`), or
 * null. Keys beyond those named are allowed: a schema number may gain keys.
 */
export type Shape<T> = ((value: unknown) => string | null) & { readonly of?: T };

const simple =
  <T>(holds: (value: unknown) => boolean): Shape<T> =>
  (value) =>
    holds(value) ? null : "";

export const text: Shape<string> = simple((value) => typeof value === "string");
export const flag: Shape<boolean> = simple((value) => typeof value === "boolean");
export const finite: Shape<number> = simple((value) => Number.isFinite(value));
/** A whole number, 0 or more. */
export const count: Shape<number> = simple((value) => Number.isSafeInteger(value) && Number(value) >= 0);

/** A text of a form. */
export const matching = (form: RegExp): Shape<string> =>
  simple((value) => typeof value === "string" && form.test(value));

/** One of a few texts. */
export const oneOf = <const T extends readonly string[]>(...words: T): Shape<T[number]> =>
  simple((value) => words.some((word) => word === value));

export const nullOr =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value) =>
    value === null ? null : shape(value);

/** For a key that may be left out. */
export const optional =
  <T>(shape: Shape<T>): Shape<T> =>
  (value) =>
    value === undefined ? null : shape(value);

export const listOf =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) return "";
    for (let i = 0; i < value.length; i++) {
      const wrong = shape(value[i]);
      if (wrong !== null) return `[${i}]${wrong}`;
    }
    return null;
  };

/** An object whose keys are not known, but whose values are of one shape. */
export const tableOf =
  <T>(shape: Shape<T>, key = /^/): Shape<Readonly<Record<string, T>>> =>
  (value) => {
    if (!isObject(value)) return "";
    for (const [name, entry] of Object.entries(value)) {
      const wrong = key.test(name) ? shape(entry) : "";
      if (wrong !== null) return `[${JSON.stringify(name)}]${wrong}`;
    }
    return null;
  };

/** An object with at least these keys. */
export const record =
  <T extends object>(shapes: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> =>
  (value) => {
    if (!isObject(value)) return "";
    for (const [name, shape] of Object.entries(shapes)) {
      const wrong = (shape as Shape<unknown>)(Reflect.get(value, name));
      if (wrong !== null) return `.${name}${wrong}`;
    }
    return null;
  };

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
