import { Command } from "commander";
import { IotbError } from "../domain/errors.js";
import type { CommandEntry, Invocation } from "./command.js";
import { broadcastCommand } from "./commands/broadcast.js";
import { checkCommand } from "./commands/check.js";
import { compareCommand } from "./commands/compare.js";
import { completionCommand } from "./commands/completion.js";
import { connectCommand } from "./commands/connect.js";
import { execCommand } from "./commands/exec.js";
import { generateCommand } from "./commands/generate.js";
import { listCommand } from "./commands/list.js";
import { measureCommand } from "./commands/measure.js";
import { platformCommand } from "./commands/platform.js";
import { probeCommand } from "./commands/probe.js";
import { registerCommand } from "./commands/register.js";
import { reportCommand } from "./commands/report.js";
import { selftestCommand } from "./commands/selftest.js";
import { simulateCommand } from "./commands/simulate.js";
import { declareFlags, optionTerm } from "./declare-flags.js";

/** Every command, in the order of help. */
export const COMMANDS: readonly CommandEntry[] = [
  measureCommand,
  reportCommand,
  compareCommand,
  broadcastCommand,
  platformCommand,
  execCommand,
  simulateCommand,
  connectCommand,
  generateCommand,
  registerCommand,
  listCommand,
  checkCommand,
  probeCommand,
  selftestCommand,
  completionCommand,
];

/** What a group of commands is about. */
const GROUPS: Readonly<Record<string, string>> = {
  devices: "simulate, connect, generate, register, list and check devices",
};

const EXAMPLES = `
Examples:
  iotb measure --local -c 1000                     rehearse a broadcast to 1,000 devices on this machine
  iotb devices generate -c 4 --output devices.csv  make devices for a local platform: iotb platform --devices devices.csv
  iotb broadcast payload.json --product-key PK     send a message to every online device of a product

iotb <command> --help tells more of each.`;

/** Whether any command has a flag of this long name. */
export const isFlagName = (name: string): boolean => COMMANDS.some(({ flagNames }) => flagNames.includes(name));

/** Builds the command line. Parsing it throws commander's errors instead of leaving, and prints nothing but help. */
export const buildProgram = (invocation: Invocation, version: string): Command => {
  const program = new Command("iotb");
  const print = (text: string): void => void invocation.stdio.stdout.write(text);
  program
    .description("Sends one message to a whole MQTT fleet and proves, device by device, who got it and when.")
    .version(version, "--version", "print the version")
    .helpOption("--help", "print this help")
    .enablePositionalOptions()
    .exitOverride()
    // Help of a group without a command would go to stderr with an error; errors are printed in one place, main.
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined })
    .configureHelp({ optionTerm, showGlobalOptions: false })
    .addHelpText("after", EXAMPLES);
  declareFlags(program, {});
  const groups = new Map<string, Command>();
  for (const entry of COMMANDS) {
    const [first = "", second] = entry.path.split(" ");
    if (second !== undefined) declareMisplaced(program, first, second);
    entry.attach(
      second === undefined ? program.command(first) : groupOf(program, groups, first).command(second),
      invocation,
    );
  }
  return program;
};

/** A command of a group typed without its group: help does not show it, and it says where the command is. */
const declareMisplaced = (program: Command, group: string, name: string): void => {
  program
    .command(name, { hidden: true })
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new IotbError("usage", `unknown command '${name}'`, { hint: `Did you mean iotb ${group} ${name}?` });
    });
};

const groupOf = (program: Command, groups: Map<string, Command>, name: string): Command => {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group = program.command(name).description(GROUPS[name] ?? "");
  declareFlags(group, {});
  groups.set(name, group);
  return group;
};
