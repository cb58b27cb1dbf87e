import { Writable } from "node:stream";

/** A row as it is broken: `joined` where the row before runs on into it. */
type Row = { cells: string[]; joined: boolean };

/**
 * A terminal that understands what a {@link LiveBlock} may send and fails at anything else. Like those of today it breaks lines
 * that are too long, and breaks them anew when it is resized.
 */
export class FakeTerminal extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Everything that was written, as it was. */
  raw = "";
  writes = 0;
  #lines: Row[] = [{ cells: [], joined: false }];
  #row = 0;
  #column = 0;
  #rest = "";

  constructor(columns = 80, rows = 24) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.writes++;
    this.feed(chunk.toString());
    done();
  }

  feed(text: string): void {
    this.raw += text;
    const all = this.#rest + text;
    this.#rest = "";
    let i = 0;
    while (i < all.length) {
      const character = all[i] as string;
      if (character === "\u001b") {
        const sequence = /^\p{Cc}\[([0-9;]*)([A-Za-z])/u.exec(all.slice(i));
        if (sequence === null) {
          if (all.length - i > 12) throw new Error(`not an escape: ${JSON.stringify(all.slice(i, i + 12))}`);
          this.#rest = all.slice(i);
          return;
        }
        this.#escape(sequence[1] ?? "", sequence[2] ?? "");
        i += sequence[0].length;
      } else {
        this.#character(character);
        i++;
      }
    }
  }

  /** What is on it, scrolled-off rows too, a line that was broken in one piece; empty lines at the end are left out. */
  get text(): string[] {
    const lines: string[] = [];
    for (const { cells, joined } of this.#lines) {
      const text = cells.join("");
      if (joined) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    while (lines.length > 0 && lines.at(-1)?.trim() === "") lines.pop();
    return lines.map((line) => line.trimEnd());
  }

  resize(columns: number): void {
    this.columns = columns;
    const broken: Row[] = [];
    let cursor = 0;
    this.#lines.forEach((line, i) => {
      if (line.joined) return;
      const cells = [...line.cells];
      for (let next = i + 1; this.#lines[next]?.joined; next++) cells.push(...(this.#lines[next]?.cells ?? []));
      if (i === this.#row) cursor = broken.length;
      for (let at = 0; at === 0 || at < cells.length; at += columns) {
        broken.push({ cells: cells.slice(at, at + columns), joined: at > 0 });
      }
    });
    this.#lines = broken;
    this.#row = cursor;
  }

  #character(character: string): void {
    if (character === "\r") {
      this.#column = 0;
    } else if (character === "\n") {
      this.#column = 0;
      this.#down(false);
    } else if (character < " ") {
      throw new Error(`a control character: ${JSON.stringify(character)}`);
    } else {
      if (this.#column === this.columns) {
        this.#column = 0;
        this.#down(true);
      }
      const { cells } = this.#current;
      while (cells.length < this.#column) cells.push(" ");
      cells[this.#column++] = character;
    }
  }

  #escape(numbers: string, letter: string): void {
    if (letter === "A") {
      const top = Math.max(0, this.#lines.length - this.rows);
      this.#row = Math.max(top, this.#row - Number(numbers || 1));
    } else if (letter === "K" && numbers === "") {
      this.#current.cells.length = Math.min(this.#current.cells.length, this.#column);
      const next = this.#lines[this.#row + 1];
      if (next !== undefined) next.joined = false;
    } else if (letter === "J" && numbers === "") {
      this.#current.cells.length = Math.min(this.#current.cells.length, this.#column);
      this.#lines.length = this.#row + 1;
    } else if (letter !== "m") {
      throw new Error(`an escape that is not known: ${numbers}${letter}`);
    }
  }

  get #current(): Row {
    return this.#lines[this.#row] as Row;
  }

  #down(joined: boolean): void {
    this.#row++;
    const next = this.#lines[this.#row];
    if (next === undefined) this.#lines.push({ cells: [], joined });
    else if (joined) next.joined = true;
  }
}
