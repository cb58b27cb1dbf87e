import { IotbError } from "../domain/errors.js";
import type { Flag, FlagSet, ValuesOf } from "./flag.js";

/** Texts as they were given, by long flag name. */
export type GivenTexts = ReadonlyMap<string, readonly string[]>;

/** The places where a value can come from, the strongest first. */
export type FlagSource = "flag" | "env" | "config" | "default";

/** Where a value came from. */
export type Origin = {
  readonly source: FlagSource;
  /** What to call it in a message: `--drain`, `IOTB_DRAIN`, `"drain" in iotb.json`. */
  readonly called: string;
  /** Its texts for people, masked where they are secret. */
  readonly shown: string;
  /** The same, one by one; none for a default. */
  readonly shownTexts: readonly string[];
};

/** Values with their origins, under the same keys. */
export type Resolved<F extends FlagSet> = {
  readonly values: ValuesOf<F>;
  readonly origins: { readonly [K in keyof F]: Origin };
};

const STRENGTH = { flag: 3, env: 2, config: 1, default: 0 } as const;

/** Whether one value was said less plainly than another: flag over environment over config file over default. */
export const isWeaker = (one: Pick<Origin, "source">, other: Pick<Origin, "source">): boolean =>
  STRENGTH[one.source] < STRENGTH[other.source];

/** Everything a flag's value may come from. */
export type FlagSources = {
  readonly given: GivenTexts;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: GivenTexts;
  /** The config file's name, for messages. */
  readonly configName: string;
};

/** The environment variable of a flag: `IOTB_` and its name. */
export const envNameOf = (flagName: string): string => `IOTB_${flagName.replaceAll("-", "_").toUpperCase()}`;

/** Works out every flag's value: flag over environment over config file over default. Throws `usage` naming the place. */
export const resolveFlags = <F extends FlagSet>(flags: F, sources: FlagSources): Resolved<F> => {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [key, flag] of Object.entries(flags)) {
    const found = find(flag, sources);
    values[key] = found === null ? flag.fallback : readAt(flag, found);
    origins[key] = found === null ? defaultOrigin(flag) : originOf(flag, found);
  }
  return { values: values as ValuesOf<F>, origins: origins as Resolved<F>["origins"] };
};

/** One line per value that was given or has a default, for `--verbose`. */
export const explainOrigins = (flags: FlagSet, resolved: Resolved<FlagSet>): readonly string[] =>
  Object.entries(flags).flatMap(([key, flag]) => {
    const origin = resolved.origins[key];
    if (origin === undefined || (origin.source === "default" && origin.shown === "")) return [];
    return [`${flag.name} = ${origin.shown} (${origin.source === "default" ? "default" : origin.called})`];
  });

type Found = { readonly source: FlagSource; readonly called: string; readonly texts: readonly string[] };

const find = (flag: Flag<unknown>, { given, env, config, configName }: FlagSources): Found | null => {
  const typed = given.get(flag.name);
  if (typed !== undefined) return { source: "flag", called: `--${flag.name}`, texts: typed };
  const envName = envNameOf(flag.name);
  const inEnv = env[envName];
  if (inEnv !== undefined && inEnv !== "") return { source: "env", called: envName, texts: [inEnv] };
  const inConfig = config.get(flag.name);
  if (inConfig === undefined) return null;
  return { source: "config", called: `"${flag.name}" in ${configName}`, texts: inConfig };
};

const readAt = (flag: Flag<unknown>, { called, texts }: Found): unknown => {
  try {
    return flag.read(texts);
  } catch (thrown) {
    if (!(thrown instanceof IotbError)) throw thrown;
    const message = flag.secret ? `it does not have the form ${flag.argument}` : thrown.message;
    throw new IotbError(thrown.code, `${called}: ${message}`, { hint: thrown.hint, cause: thrown });
  }
};

const originOf = (flag: Flag<unknown>, { source, called, texts }: Found): Origin => {
  const shownTexts = texts.map((text) => (flag.secret ? "***" : masked(text)));
  return { source, called, shown: flag.secret ? "***" : shownTexts.join(" "), shownTexts };
};

/** A URL may hold a password, or be a signed one, and is shown before it is judged. */
const masked = (text: string): string => {
  const nameless = text.replace(/[^\s,]*:[^\s,]*@/g, "***@");
  return text.includes("://") ? nameless.replace(/\?.*$/s, "?…") : nameless;
};

const defaultOrigin = (flag: Flag<unknown>): Origin => ({
  source: "default",
  called: `--${flag.name}`,
  shown: flag.secret ? (flag.shownDefault === null ? "" : "***") : (flag.shownDefault ?? ""),
  shownTexts: [],
});
