import { stripVTControlCharacters } from "node:util";
import type { IotbError } from "../domain/errors.js";
import { fileFault } from "../files/file-fault.js";
import type { SealedFile } from "../files/sealed-file.js";
import type { Output } from "./output.js";

/** Keeps what a run says on stderr in its log, with the time of each line; also what `--quiet` leaves out and `--verbose` would add. */
export class RunLog {
  readonly #file: SealedFile;
  #written: Promise<void> = Promise.resolve();
  #failure: IotbError | null = null;

  constructor(file: SealedFile) {
    this.#file = file;
  }

  /** Adds a text of one or more lines. It is written when its turn comes; a failure is thrown by {@link RunLog.flushed}. */
  add(text: string): void {
    const now = new Date().toISOString();
    const lines = stripVTControlCharacters(text)
      .split("\n")
      .map((line) => `${now}  ${line}\n`)
      .join("");
    this.#written = this.#written
      .then(() => (this.#failure === null ? this.#file.write(lines) : undefined))
      .catch((thrown: unknown) => {
        this.#failure ??= fileFault("output-failed", this.#file.name, thrown);
      });
  }

  /** Resolves when all of it is written. Throws `output-failed`. */
  async flushed(): Promise<void> {
    await this.#written;
    if (this.#failure !== null) throw this.#failure;
  }

  /** An output whose lines on stderr are logged too. */
  tap(output: Output): Output {
    const both = (print: (text: string) => void) => (text: string) => {
      this.add(text);
      print(text);
    };
    return { ...output, note: both(output.note), detail: both(output.detail), error: both(output.error) };
  }
}
