import { type Command, Option } from "commander";
import type { Flag, FlagSet } from "./flag.js";

/** The letter that is help in other tools and the host in MQTT tools. */
const HOST_LETTER = "h";

/**
 * Adds flags to a command and gives back where their texts will be once it is parsed, by long name, in the order typed. `-h`
 * alone or before another flag shows the help of any command.
 */
export const declareFlags = (command: Command, flags: FlagSet): ReadonlyMap<string, readonly string[]> => {
  const given = new Map<string, string[]>();
  const take = (name: string, text: string): void => {
    const texts = given.get(name) ?? [];
    given.set(name, texts);
    texts.push(text);
  };
  let hasHost = false;
  for (const flag of Object.values(flags)) {
    const isHost = flag.short === HOST_LETTER;
    hasHost ||= isHost;
    const option = new Option(
      `${flag.short === null || isHost ? "" : `-${flag.short}, `}--${flag.name}${placeholder(flag)}`,
    );
    option.description = flag.shownDefault === null ? flag.help : `${flag.help} (default: ${flag.shownDefault})`;
    command.addOption(option.helpGroup(flag.heading));
    command.on(`option:${option.name()}`, (text: string | null | undefined) => take(flag.name, text ?? "true"));
  }
  declareHostLetter(command, hasHost ? (text) => take("host", text) : null);
  return given;
};

/** What a flag is called in the list of flags in help. */
export const optionTerm = (option: Option): string =>
  option.long === "--host" ? `-${HOST_LETTER}, ${option.flags}` : option.flags;

/** `-h` needs an option of its own: `--host` without a value is an error, `-h` without one is a question. */
const declareHostLetter = (command: Command, onHost: ((text: string) => void) | null): void => {
  command.addOption(new Option(`-${HOST_LETTER} [HOST]`).hideHelp());
  command.on(`option:${HOST_LETTER}`, (text: string | null | undefined) => {
    if (text === null || text === undefined) command.help();
    if (onHost === null) command.error(`error: ${command.name()} talks to no host: it has no -h HOST`);
    onHost(text);
  });
};

const placeholder = (flag: Flag<unknown>): string => {
  if (flag.argument === null) return "";
  return flag.arity === "variadic" ? ` <${flag.argument}...>` : ` <${flag.argument}>`;
};
