/** Where and why a text is not JSON. Line and column count from 1, the offset from 0, in UTF-16 units. */
export type JsonFault = {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly why: string;
};

const WHITESPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;

/** The end of `pattern` (sticky) at `at`, or -1. */
const endOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
};

/**
 * The first place where `text` stops being JSON, or null if it is JSON [RFC 8259]. Node 20's `JSON.parse` names no position
 * and quotes the text, secrets and all, in its message. Keeps a stack of its own, so nesting cannot exhaust the call stack.
 */
export const findJsonFault = (text: string): JsonFault | null => {
  const fault = scan(text);
  return fault === null ? null : { ...fault, ...positionAt(text, fault.offset) };
};

/** The line and column, both from 1, of an offset. */
export const positionAt = (text: string, offset: number): { line: number; column: number } => {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
};

type Fault = { readonly offset: number; readonly why: string };

const scan = (text: string): Fault | null => {
  if (text.startsWith("\ufeff")) return { offset: 0, why: "a byte order mark is not allowed in JSON" };
  const open: ("{" | "[")[] = [];
  let at = endOf(WHITESPACE, text, 0);
  if (at === text.length) return { offset: at, why: "there is nothing but blanks" };
  for (;;) {
    // A value is due here.
    const first = text[at];
    if (first === "{" || first === "[") {
      const next = endOf(WHITESPACE, text, at + 1);
      if (text[next] === (first === "{" ? "}" : "]")) {
        at = next + 1;
      } else {
        open.push(first);
        const key = first === "{" ? afterKey(text, next) : next;
        if (typeof key !== "number") return key;
        at = key;
        continue;
      }
    } else {
      const end = afterScalar(text, at);
      if (typeof end !== "number") return end;
      at = end;
    }
    // A value has ended: close what it ends.
    for (;;) {
      at = endOf(WHITESPACE, text, at);
      const inside = open.at(-1);
      if (inside === undefined)
        return at === text.length ? null : { offset: at, why: "there is more text after the end" };
      if (text[at] === (inside === "{" ? "}" : "]")) {
        open.pop();
        at++;
        continue;
      }
      if (text[at] !== ",")
        return { offset: at, why: missing(text, at, inside === "{" ? "a comma or }" : "a comma or ]") };
      const next = endOf(WHITESPACE, text, at + 1);
      const closes = text[next] === "}" || text[next] === "]";
      if (closes) return { offset: at, why: "a comma before the end is not allowed" };
      const key = inside === "{" ? afterKey(text, next) : next;
      if (typeof key !== "number") return key;
      at = key;
      break;
    }
  }
};

/** The place of the value after the key at `at`, or the fault in between. */
const afterKey = (text: string, at: number): number | Fault => {
  if (text[at] !== '"') {
    const unquoted = text[at] === "'" || endOf(WORD, text, at) > 0;
    return { offset: at, why: unquoted ? "a key needs double quotes" : missing(text, at, "a key in double quotes") };
  }
  const end = afterString(text, at);
  if (typeof end !== "number") return end;
  const colon = endOf(WHITESPACE, text, end);
  if (text[colon] !== ":") return { offset: colon, why: missing(text, colon, "a colon") };
  return endOf(WHITESPACE, text, colon + 1);
};

/** The end of the string, number or word at `at`, or the fault. */
const afterScalar = (text: string, at: number): number | Fault => {
  if (text[at] === '"') return afterString(text, at);
  const number = endOf(NUMBER, text, at);
  if (number > 0) return number;
  const word = endOf(WORD, text, at);
  if (word > 0 && ["true", "false", "null"].includes(text.slice(at, word))) return word;
  if (word > 0 || text[at] === "'") return { offset: at, why: "a text needs double quotes" };
  return { offset: at, why: missing(text, at, "a value") };
};

/** The end of the string that opens at `at`, or the fault in it. */
const afterString = (text: string, at: number): number | Fault => {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '"') return i + 1;
    if (text.charCodeAt(i) < 0x20) {
      return { offset: i, why: "a control character or a line end stands inside a text" };
    }
    if (text[i] === "\\") {
      const end = endOf(ESCAPE, text, i);
      if (end < 0) return { offset: i, why: "an escape in a text is not one that JSON knows" };
      i = end - 1;
    }
  }
  return { offset: at, why: "a text is not closed with a double quote" };
};

const missing = (text: string, at: number, what: string): string =>
  at >= text.length ? `the text ends where ${what} should be` : `${what} should be here`;
