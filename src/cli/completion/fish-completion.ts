import { type CompletionCommand, type CompletionFlag, firstWords, quoted } from "./completion-table.js";

/** The completion script for fish. */
export const fishCompletion = (commands: readonly CompletionCommand[]): string => {
  const tops = [...firstWords(commands).keys()].map((word) => {
    const summary = commands.find(({ path }) => path === word)?.summary ?? `${word} …`;
    return `complete -c iotb -f -n __fish_use_subcommand -a ${word} -d ${quoted(summary, "fish")}`;
  });
  const seconds = commands.flatMap(({ path, summary }) => {
    const [first = "", second] = path.split(" ");
    if (second === undefined) return [];
    const others = (firstWords(commands).get(first) ?? [])
      .map((member) => member.path.slice(first.length + 1))
      .join(" ");
    const when = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${others}`;
    return [`complete -c iotb -f -n ${quoted(when, "fish")} -a ${second} -d ${quoted(summary, "fish")}`];
  });
  const flags = commands.flatMap(({ path, flags: own }) => {
    const when = path
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ");
    return own.map((flag) => `complete -c iotb -n ${quoted(when, "fish")} ${optionsOf(flag)}`);
  });
  return [
    "# completion of iotb for fish; load it with: iotb completion fish | source",
    ...tops,
    ...seconds,
    ...flags,
    "",
  ].join("\n");
};

const optionsOf = ({ name, short, help, value }: CompletionFlag): string => {
  const words = value.kind === "words" ? ` -x -a ${quoted(value.words.join(" "), "fish")}` : "";
  const path = value.kind === "file" || value.kind === "directory" ? " -r -F" : "";
  const any = value.kind === "any" ? " -x" : "";
  return `-l ${name}${short === null ? "" : ` -s ${short}`}${words}${path}${any} -d ${quoted(help, "fish")}`;
};
