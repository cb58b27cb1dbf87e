import type { Readable } from "node:stream";
import { Argument, type Command as CommanderCommand } from "commander";
import { readConfigFile } from "../files/config-file.js";
import { declareFlags } from "./declare-flags.js";
import { EXIT, type ExitCode, type ForeignExit } from "./exit-codes.js";
import type { FlagSet } from "./flag.js";
import { OUTPUT_FLAGS } from "./options/output.js";
import { createOutput, type Output } from "./output.js";
import { explainOrigins, type FlagSources, type Resolved, resolveFlags } from "./resolve-flags.js";
import type { Interruption } from "./signals.js";
import { escapeControls, type TerminalStream } from "./terminal.js";

/** The process as a command sees it. */
export type Stdio = {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
};

/** What a command's work needs beside its options. */
export type CommandContext = {
  readonly output: Output;
  /** Aborted by the first Ctrl-C and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opened when first looked at. */
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Whether a person can be asked: they see stderr and type on stdin. */
  readonly canAsk: () => boolean;
  /** Hands signals on instead of stopping: for a command that runs another program. */
  readonly divertSignals: Interruption["divert"];
  /** Every command of the tool, as declared. */
  readonly commands: readonly CommandEntry[];
};

/** What holds for one call of the tool, whatever the command. */
export type Invocation = {
  readonly stdio: Stdio;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly divertSignals: Interruption["divert"];
  /** Every command of the tool. */
  readonly commands: readonly CommandEntry[];
  /** Whether any command has a flag of this name. */
  readonly isFlag: (name: string) => boolean;
  /** Replaced once the flags of the command are known. */
  output: Output;
  exitCode: ExitCode | ForeignExit;
};

/** What a command is declared with. */
export type CommandSpec<F extends FlagSet> = {
  /** One word, or two for a command of a group: `devices check`. */
  readonly path: string;
  readonly summary: string;
  /** Positional arguments as commander writes them: `<file>`, `[payload-file]`. */
  readonly arguments?: readonly { readonly form: string; readonly help: string }[];
  /** Every word after the first argument belongs to the arguments, also what looks like a flag: they are a command line. */
  readonly passThrough?: true;
  readonly flags: F;
  /** Shown at the end of help, each a whole command line. */
  readonly examples: readonly string[];
  readonly run: (
    args: readonly string[],
    flags: Resolved<F>,
    context: CommandContext,
  ) => Promise<ExitCode | ForeignExit>;
};

/** A declared command, whatever its flags. */
export type CommandEntry = {
  readonly path: string;
  readonly summary: string;
  readonly flagNames: readonly string[];
  readonly flags: FlagSet;
  /** Its positional arguments as commander writes them. */
  readonly argumentForms: readonly string[];
  /** Fills in the command that commander made for it. */
  readonly attach: (command: CommanderCommand, invocation: Invocation) => void;
};

/** Declares a command; every command also has the output flags. */
export const defineCommand = <F extends FlagSet>(spec: CommandSpec<F>): CommandEntry => ({
  path: spec.path,
  summary: spec.summary,
  flagNames: Object.values({ ...spec.flags, ...OUTPUT_FLAGS }).map((flag) => flag.name),
  flags: { ...spec.flags, ...OUTPUT_FLAGS },
  argumentForms: (spec.arguments ?? []).map(({ form }) => form),
  attach: (command, invocation) => {
    command.summary(spec.summary).description(spec.summary);
    if (spec.passThrough) command.passThroughOptions();
    for (const { form, help } of spec.arguments ?? []) command.addArgument(new Argument(form, help));
    const given = declareFlags(command, { ...spec.flags, ...OUTPUT_FLAGS });
    command.addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  ${line}`).join("\n")}`);
    command.action(async () => {
      const sources = await readSources(given, invocation);
      const { values: mode } = resolveFlags(OUTPUT_FLAGS, sources);
      invocation.output = createOutput(invocation.stdio, mode, invocation.env);
      const resolved = resolveFlags(spec.flags, sources);
      for (const line of explainOrigins(spec.flags, resolved)) invocation.output.detail(escapeControls(line));
      invocation.exitCode = await spec.run(command.args, resolved, contextOf(invocation));
    });
  },
});

const contextOf = ({ output, env, signal, divertSignals, commands, stdio }: Invocation): CommandContext => ({
  output,
  env,
  signal,
  divertSignals,
  commands,
  get stdin() {
    return stdio.stdin;
  },
  canAsk: () => stdio.stderr.isTTY === true && stdio.stdin.isTTY === true,
});

const readSources = async (given: FlagSources["given"], invocation: Invocation): Promise<FlagSources> => {
  const bare: FlagSources = { given, env: invocation.env, config: new Map(), configName: "" };
  const path = resolveFlags({ config: OUTPUT_FLAGS.config }, bare).values.config;
  if (path === null) return bare;
  return { ...bare, config: await readConfigFile(path, invocation.isFlag), configName: path };
};

/** The exit code of a command that did what it should. */
export const DONE = EXIT.done;
