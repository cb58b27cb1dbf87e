import { IotbError } from "../../domain/errors.js";
import { DONE, defineCommand } from "../command.js";

/** `iotb completion` */
export const completionCommand = defineCommand({
  path: "completion",
  summary: "print a completion script for a shell",
  arguments: [{ form: "<shell>", help: "bash, zsh or fish" }],
  flags: {},
  examples: ["source <(iotb completion bash)", "source <(iotb completion zsh)", "iotb completion fish | source"],
  run: async ([shell], _flags, { output, commands }) => {
    const { completionTable } = await import("../completion/completion-table.js");
    const table = completionTable(commands);
    output.stdout.write(`${(await writerOf(shell))(table)}`);
    return DONE;
  },
});

const writerOf = async (shell: string | undefined) => {
  switch (shell) {
    case "bash":
      return (await import("../completion/bash-completion.js")).bashCompletion;
    case "zsh":
      return (await import("../completion/zsh-completion.js")).zshCompletion;
    case "fish":
      return (await import("../completion/fish-completion.js")).fishCompletion;
    default:
      throw new IotbError("usage", `${JSON.stringify(shell)} is none of bash, zsh, fish`);
  }
};
