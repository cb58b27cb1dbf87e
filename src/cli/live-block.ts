import { stripVTControlCharacters } from "node:util";
import type { TerminalStream } from "./terminal.js";

/** Moves up so many rows, to the first column. */
const up = (rows: number): string => (rows === 0 ? "\r" : `\u001b[${rows}A\r`);
const CLEAR_TO_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** A terminal that does not say how large it is. */
const COLUMNS = 80;
const ROWS = 24;

/**
 * A few lines at the bottom of a terminal that are drawn again in their place, each frame in one write. The cursor rests in the row
 * below them, and is never hidden: whatever ends the program, the terminal is as it was. Owns no timer.
 */
export class LiveBlock implements Disposable {
  readonly #stream: TerminalStream;
  #shown: readonly string[] = [];
  #closed = false;

  /** `stream` is a terminal that understands ANSI escapes. */
  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  /** Columns that a line may have: one less than there are, or some terminals would break it. */
  get width(): number {
    return Math.max(1, (this.#stream.columns || COLUMNS) - 1);
  }

  /** Shows these lines, none wider than {@link width}, in place of the former. They may be coloured and hold no other control. */
  draw(lines: readonly string[]): void {
    if (this.#closed) return;
    const room = Math.max(1, (this.#stream.rows || ROWS) - 1);
    const fitting = lines.slice(0, room);
    if (fitting.length === this.#shown.length && fitting.every((line, i) => line === this.#shown[i])) return;
    const rows = fitting.map((line) => `${line}${CLEAR_TO_LINE_END}\n`).join("");
    this.#stream.write(`${up(this.#rowsShown())}${rows}${CLEAR_BELOW}`);
    this.#shown = fitting;
  }

  /** Has something else written to the terminal: it comes above the block. */
  around(write: () => void): void {
    const shown = this.#shown;
    this.#erase();
    write();
    this.draw(shown);
  }

  /** Takes the block away; what is drawn afterwards is not shown. */
  [Symbol.dispose](): void {
    this.#erase();
    this.#closed = true;
  }

  #erase(): void {
    if (this.#shown.length > 0) this.#stream.write(`${up(this.#rowsShown())}${CLEAR_BELOW}`);
    this.#shown = [];
  }

  /** A terminal that was made narrower has broken the lines that were too long for it. */
  #rowsShown(): number {
    const columns = this.#stream.columns || COLUMNS;
    return this.#shown.reduce(
      (rows, line) => rows + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)),
      0,
    );
  }
}
