/** Where a text stops being JSON, both from 1; columns count UTF-16 units, as editors mostly do. */
export type TextPosition = { readonly line: number; readonly column: number };

const BLANK = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * The position of the first fault of a text that `JSON.parse` refuses, or null where it is JSON. Needed because the parser's
 * own message quotes the text around the fault, which may be a secret.
 */
export const jsonFault = (text: string): TextPosition | null => {
  let at = 0;
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found !== null;
  };
  const blank = (): boolean => match(BLANK);
  const take = (character: string): boolean => {
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const string = (): boolean => {
    if (!take('"')) return false;
    for (;;) {
      if (take('"')) return true;
      if (text[at] === "\\") {
        if (!match(ESCAPE)) return false;
      } else if (at >= text.length || text.charCodeAt(at) < 0x20) return false;
      else at++;
    }
  };

  // What closes each open list or object, innermost last: a stack of our own, as the text decides how deep it goes.
  const open: ("]" | "}")[] = [];
  const key = (): boolean => string() && blank() && take(":");
  const scan = (): boolean => {
    for (;;) {
      blank();
      if (take("{")) {
        blank();
        if (!take("}")) {
          open.push("}");
          if (!key()) return false;
          continue;
        }
      } else if (take("[")) {
        blank();
        if (!take("]")) {
          open.push("]");
          continue;
        }
      } else if (text[at] === '"' ? !string() : !match(SCALAR)) return false;
      for (;;) {
        blank();
        const close = open.at(-1);
        if (close === undefined) return at === text.length;
        if (take(close)) {
          open.pop();
          continue;
        }
        if (!take(",")) return false;
        blank();
        if (close === "}" && !key()) return false;
        break;
      }
    }
  };
  return scan() ? null : positionAt(text, at);
};

const positionAt = (text: string, at: number): TextPosition => {
  const before = text.slice(0, at).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};
