import type { Writable } from "node:stream";
import { Chalk, type ChalkInstance } from "chalk";
import { escapeControls } from "../domain/escape-controls.js";

/** A stream that may be a terminal. */
export type TerminalStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** Whether a stream is a terminal on which lines can be drawn again. */
export const canRedraw = (stream: TerminalStream, env: Readonly<Record<string, string | undefined>>): boolean =>
  stream.isTTY === true && env["TERM"] !== "dumb";

export { escapeControls };

/** As {@link escapeControls}, line by line: for text of our own that holds text from outside. */
export const escapeLines = (text: string): string => text.split("\n").map(escapeControls).join("\n");

/** A document from outside with every text and key in it as {@link escapeControls} has it, so that what is made of it can be coloured. */
export const escapeWithin = <T>(value: T): T => escapedCopy(value) as T;

const escapedCopy = (value: unknown): unknown => {
  if (typeof value === "string") return escapeControls(value);
  if (Array.isArray(value)) return value.map(escapedCopy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [escapeControls(key), escapedCopy(inner)]));
};

/** Colours for a stream: none with `--no-color`, `NO_COLOR`, `TERM=dumb`, or where it is no terminal and nothing forces them. */
export const paintFor = (
  stream: TerminalStream,
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): ChalkInstance => {
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0" && env["FORCE_COLOR"] !== "false";
  const forbidden = noColor || (env["NO_COLOR"] ?? "") !== "" || (env["TERM"] === "dumb" && !forced);
  return new Chalk({ level: !forbidden && (forced || stream.isTTY === true) ? 1 : 0 });
};
