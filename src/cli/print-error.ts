import { CommanderError } from "commander";
import { IotbError, reasonOf } from "../domain/errors.js";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.js";
import type { Output } from "./output.js";
import { escapeControls, escapeLines } from "./terminal.js";

/** Prints a failure, three lines at most, or as one document with `--json`, and answers its exit code. */
export const printError = (thrown: unknown, output: Output): ExitCode => {
  const exit = exitCodeOf(toIotbError(thrown).code);
  printErrorAs(exit, thrown, output);
  return exit;
};

/** As {@link printError}, for a command with an exit code of its own for its failures. */
export const printErrorAs = (exit: number, thrown: unknown, output: Output): void => {
  const error = toIotbError(thrown);
  const { code, message, hint, requestId } = error;
  output.json({ schema: "iotb.error/1", code, exit, message, hint, requestId });
  // where stdout is what failed, its document may be lost with it
  if (!output.mode.json || code === "output-failed") printFailure(error, output);
  // a mistyped command line has no stack worth seeing, and commander's repeats the text
  if (output.mode.verbose && !(thrown instanceof CommanderError)) output.error(escapeLines(stackOf(thrown)));
};

/** Prints a failure to stderr, three lines at most: for a command whose one JSON document is its result, failed or not. */
export const printFailure = ({ message, hint, requestId }: IotbError, output: Output): void => {
  const { red, dim } = output.paint.err;
  output.error(`${red("error:")} ${escapeControls(message)}`);
  if (hint !== null) output.error(`${dim("hint:")} ${escapeControls(hint)}`);
  if (requestId !== null) output.error(`${dim("request:")} ${escapeControls(requestId)}`);
};

const toIotbError = (thrown: unknown): IotbError => {
  if (thrown instanceof IotbError) return thrown;
  if (thrown instanceof CommanderError) return fromCommander(thrown);
  return new IotbError("internal", `unexpected: ${reasonOf(thrown)}`, {
    hint: "this is a defect of iotb: run it again with --verbose and report what it prints",
    cause: thrown,
  });
};

/** Commander puts its suggestion on a second line, in brackets. */
const fromCommander = (error: CommanderError): IotbError => {
  const [first = "", ...rest] = error.message.split("\n");
  const suggestion = rest
    .join(" ")
    .trim()
    .replace(/^\(|\)$/g, "");
  // `--flag=value`: the value of a mistyped flag may be a secret
  const message = first.replace(/^error: /, "").replace(/^(unknown option '[^'=]*)=.*'$/s, "$1'");
  return new IotbError("usage", message, {
    hint: suggestion || "iotb --help shows what there is",
  });
};

const stackOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? "" : `\ncaused by ${stackOf(thrown.cause)}`;
  return `${thrown.stack ?? thrown.message}${cause}`;
};

/** The exit code of help and version, which commander throws too. */
export const isShown = (thrown: unknown): boolean =>
  thrown instanceof CommanderError &&
  (thrown.exitCode === EXIT.done || thrown.code === "commander.help" || thrown.code === "commander.helpDisplayed");
