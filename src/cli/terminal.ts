import type { Writable } from "node:stream";
import { Chalk, type ChalkInstance } from "chalk";

/** A stream that may be a terminal. */
export type TerminalStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Controls, and the marks that reorder or hide text: what could move a cursor, forge a line or lie about one. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]|\p{Surrogate}/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text from outside as a terminal may show it: one line, every control character escaped. */
export const escapeControls = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return NAMED[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
  });

/** As {@link escapeControls}, line by line: for text of our own that holds text from outside. */
export const escapeLines = (text: string): string => text.split("\n").map(escapeControls).join("\n");

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

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0");
