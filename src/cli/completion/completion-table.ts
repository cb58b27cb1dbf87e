import type { CommandEntry } from "../command.js";

/** What may stand behind a flag: nothing, one of some words, a file, a directory, or anything. */
export type FlagValue =
  | { readonly kind: "none" | "any" | "file" | "directory" }
  | { readonly kind: "words"; readonly words: readonly string[] };

/** A flag as a shell completes it. */
export type CompletionFlag = {
  readonly name: string;
  readonly short: string | null;
  readonly help: string;
  readonly value: FlagValue;
};

/** A command as a shell completes it. */
export type CompletionCommand = {
  /** One word, or two. */
  readonly path: string;
  readonly summary: string;
  readonly flags: readonly CompletionFlag[];
  /** Whether what follows is a command line of its own. */
  readonly runsCommand: boolean;
};

/** All that a shell needs to know, from the commands as they are declared. */
export const completionTable = (entries: readonly CommandEntry[]): readonly CompletionCommand[] =>
  entries.map(({ path, summary, flags, argumentForms }) => ({
    path,
    summary,
    runsCommand: argumentForms.includes("<command...>"),
    flags: [
      ...Object.values(flags).map(({ name, short, help, argument }) => ({
        name,
        short,
        help,
        value: placeholderValue(argument),
      })),
      { name: "help", short: null, help: "print help", value: { kind: "none" as const } },
    ],
  }));

/** The placeholder says it: words in lower case are to be typed as they are. */
const placeholderValue = (argument: string | null): FlagValue => {
  if (argument === null) return { kind: "none" };
  if (argument === "FILE") return { kind: "file" };
  if (argument === "DIR") return { kind: "directory" };
  const words = argument.split("|");
  return words.length > 1 && words.every((word) => /^[a-z0-9]+$/.test(word))
    ? { kind: "words", words }
    : { kind: "any" };
};

/** The first words of the paths, each once; a group's has the group's commands behind it. */
export const firstWords = (
  commands: readonly CompletionCommand[],
): ReadonlyMap<string, readonly CompletionCommand[]> => {
  const words = new Map<string, CompletionCommand[]>();
  for (const command of commands) {
    const [first = "", second] = command.path.split(" ");
    const group = words.get(first) ?? [];
    if (second !== undefined) group.push(command);
    words.set(first, group);
  }
  return words;
};

/** A text in single quotes, for every shell here: bash and zsh close and open again around a quote, fish escapes it. */
export const quoted = (text: string, shell: "bash" | "zsh" | "fish"): string =>
  shell === "fish" ? `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'` : `'${text.replaceAll("'", "'\\''")}'`;
