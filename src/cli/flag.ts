import { IotbError } from "../domain/errors.js";

/**
 * One flag, declared once: its place in `--help`, in the environment and in a config file follow from `name`. `read` turns
 * every text that was given for it (at least one) into its value and throws `usage` where that cannot be.
 */
export type Flag<T> = {
  /** The long name without dashes. */
  readonly name: string;
  /** One letter with one meaning in all commands, or null. */
  readonly short: string | null;
  /** What stands for the value in help; null for a switch. */
  readonly argument: string | null;
  readonly help: string;
  /** The heading in help. */
  readonly heading: string;
  /** Whether it may be given more than once, and whether it takes every word up to the next flag. */
  readonly arity: "one" | "repeated" | "variadic";
  /** Its value is shown nowhere. */
  readonly secret: boolean;
  readonly read: (texts: readonly string[]) => T;
  /** The value where nothing was given. */
  readonly fallback: T;
  /** The default in words, or null. */
  readonly shownDefault: string | null;
};

/** Flags under the names of their values. */
export type FlagSet = Readonly<Record<string, Flag<unknown>>>;

/** The values of a set of flags. */
export type ValuesOf<F extends FlagSet> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** What a flag that takes a value is declared with. */
type ValueSpec<T> = {
  readonly name: string;
  readonly short?: string;
  readonly argument: string;
  readonly help: string;
  readonly read: (text: string) => T;
  readonly secret?: boolean;
  /** A default that is worked out later, in words. */
  readonly shownDefault?: string;
};

const OPTIONS = "Options:";

/** A flag with a value; null where it is not given. The last one counts. */
export const optional = <T>(spec: ValueSpec<T>): Flag<T | null> => ({
  name: spec.name,
  short: spec.short ?? null,
  argument: spec.argument,
  help: spec.help,
  heading: OPTIONS,
  arity: "one",
  secret: spec.secret ?? false,
  read: (texts) => spec.read(texts.at(-1) ?? ""),
  fallback: null,
  shownDefault: spec.shownDefault ?? null,
});

/** A flag with a value and a default, which is written as a user would. */
export const withDefault = <T>(fallback: string, spec: ValueSpec<T>): Flag<T> => ({
  ...optional(spec),
  read: (texts) => spec.read(texts.at(-1) ?? ""),
  fallback: spec.read(fallback),
  shownDefault: spec.shownDefault ?? fallback,
});

/** A flag that may be given many times; empty where it is not given. */
export const repeated = <T>(spec: ValueSpec<T> & { readonly variadic?: boolean }): Flag<readonly T[]> => ({
  ...optional(spec),
  arity: spec.variadic ? "variadic" : "repeated",
  read: (texts) => texts.map(spec.read),
  fallback: [],
});

/** A switch. In the environment and in a config file it is `true` or `false`, `1` or `0`, `yes` or `no`. */
export const toggle = (spec: {
  readonly name: string;
  readonly short?: string;
  readonly help: string;
}): Flag<boolean> => ({
  name: spec.name,
  short: spec.short ?? null,
  argument: null,
  help: spec.help,
  heading: OPTIONS,
  arity: "one",
  secret: false,
  read: (texts) => readBoolean(texts.at(-1) ?? ""),
  fallback: false,
  shownDefault: null,
});

/** Puts flags under a heading of their own in help. */
export const under = <F extends FlagSet>(heading: string, flags: F): F => {
  const placed = Object.entries(flags).map(([key, flag]) => [key, { ...flag, heading }]);
  return Object.fromEntries(placed) as F;
};

/** A reader for a flag that takes one of a few words. */
export const choice =
  <const C extends readonly string[]>(...words: C) =>
  (text: string): C[number] => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new IotbError("usage", `${JSON.stringify(text)} is none of ${words.join(", ")}`);
    return word;
  };

/** A reader for a flag that takes any text but an empty one. */
export const anyText = (text: string): string => {
  if (text === "")
    throw new IotbError("usage", "it is empty", { hint: "give it a value: in a script, a variable may not be set" });
  return text;
};

const readBoolean = (text: string): boolean => {
  const word = text.trim().toLowerCase();
  if (["true", "1", "yes", "on"].includes(word)) return true;
  if (["false", "0", "no", "off"].includes(word)) return false;
  throw new IotbError("usage", `${JSON.stringify(text)} is neither true nor false`);
};
