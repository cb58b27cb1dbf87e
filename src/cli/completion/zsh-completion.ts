import { type CompletionCommand, type CompletionFlag, firstWords, quoted } from "./completion-table.js";

/** The completion script for zsh. */
export const zshCompletion = (commands: readonly CompletionCommand[]): string => {
  const words = firstWords(commands);
  const described = (list: readonly (readonly [string, string])[]): string =>
    list.map(([word, help]) => quoted(`${word}:${help}`, "zsh")).join(" ");
  const tops = [...words].map(([word, members]) => {
    const own = commands.find(({ path }) => path === word);
    return [word, own?.summary ?? members.map(({ path }) => path.slice(word.length + 1)).join(", ")] as const;
  });
  return `#compdef iotb
# completion of iotb for zsh; load it with: source <(iotb completion zsh)
_iotb() {
  local -a commands specs
  local line=$words[2]
  if ((CURRENT == 2)); then
    commands=(${described(tops)})
    _describe command commands
    return
  fi
  case $line in
${[...words]
  .filter(([, members]) => members.length > 0)
  .map(
    ([word, members]) => `    ${word})
      if ((CURRENT == 3)); then
        commands=(${described(members.map(({ path, summary }) => [path.slice(word.length + 1), summary] as const))})
        _describe command commands
        return
      fi
      line="$line $words[3]"
      shift words
      ((CURRENT--)) ;;`,
  )
  .join("\n")}
  esac
  shift words
  ((CURRENT--))
  case $line in
${commands.map(caseOf).join("\n")}
  esac
  _arguments -s $specs
}
compdef _iotb iotb
`;
};

const caseOf = ({ path, flags, runsCommand }: CompletionCommand): string =>
  `    ${quoted(path, "zsh")}) specs=(${[...flags.flatMap(specsOf), quoted(runsCommand ? "*::command:_normal" : "*:file:_files", "zsh")].join(" ")}) ;;`;

/** In a spec, brackets end the description and colons separate. */
const escaped = (text: string): string => text.replace(/[[\]:\\]/g, "\\$&");

const specsOf = ({ name, short, help, value }: CompletionFlag): readonly string[] => {
  const action =
    value.kind === "none"
      ? ""
      : value.kind === "words"
        ? `:value:(${value.words.join(" ")})`
        : `:value:${value.kind === "file" ? "_files" : value.kind === "directory" ? "_files -/" : " "}`;
  const flags = [`--${name}`, ...(short === null ? [] : [`-${short}`])];
  return flags.map((flag) => quoted(`*${flag}[${escaped(help)}]${action}`, "zsh"));
};
