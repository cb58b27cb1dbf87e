import { type CompletionCommand, type CompletionFlag, firstWords, quoted } from "./completion-table.js";

/** The completion script for bash. */
export const bashCompletion = (commands: readonly CompletionCommand[]): string => {
  const groups = [...firstWords(commands)].filter(([, members]) => members.length > 0);
  return `# completion of iotb for bash; load it with: source <(iotb completion bash)
_iotb() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path=\${COMP_WORDS[1]} flags=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoted([...firstWords(commands).keys(), "help"].join(" "), "bash")} -- "$cur"))
    return
  fi
  case $path in
${groups
  .map(
    ([word, members]) => `    ${word})
      if ((COMP_CWORD == 2)); then
        COMPREPLY=($(compgen -W ${quoted(members.map(({ path }) => path.slice(word.length + 1)).join(" "), "bash")} -- "$cur"))
        return
      fi
      path="$path \${COMP_WORDS[2]}" ;;`,
  )
  .join("\n")}
  esac
  case "$path:$prev" in
${commands.map(valuesOf).join("")}  esac
  case $path in
${commands.map((command) => `    ${quoted(command.path, "bash")}) flags=${quoted(allNames(command.flags), "bash")} ;;\n`).join("")}  esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
    *) compopt -o default ;;
  esac
}
complete -F _iotb iotb
`;
};

const allNames = (flags: readonly CompletionFlag[]): string => flags.map(({ name }) => `--${name}`).join(" ");

const patternsOf = (path: string, flags: readonly CompletionFlag[]): string =>
  flags
    .flatMap(({ name, short }) => [`--${name}`, ...(short === null ? [] : [`-${short}`])])
    .map((flag) => quoted(`${path}:${flag}`, "bash"))
    .join("|");

/** What stands behind the flags of one command that take a value. */
const valuesOf = ({ path, flags }: CompletionCommand): string => {
  const lines: string[] = [];
  for (const flag of flags) {
    if (flag.value.kind !== "words") continue;
    const words = quoted(flag.value.words.join(" "), "bash");
    lines.push(`    ${patternsOf(path, [flag])}) COMPREPLY=($(compgen -W ${words} -- "$cur")); return ;;\n`);
  }
  const files = flags.filter(({ value }) => value.kind === "file" || value.kind === "directory");
  if (files.length > 0) lines.push(`    ${patternsOf(path, files)}) compopt -o default; return ;;\n`);
  const any = flags.filter(({ value }) => value.kind === "any");
  if (any.length > 0) lines.push(`    ${patternsOf(path, any)}) return ;;\n`);
  return lines.join("");
};
