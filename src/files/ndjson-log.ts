import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { IotbError } from "../domain/errors.js";
import { fileFault, systemCodeOf } from "./file-fault.js";

/** Lines are handed to the stream in pieces of about this many characters. */
const PIECE_LENGTH = 65_536;

/** Where an NDJSON log goes. */
export type NdjsonTarget = {
  /** A file, or `-` for `stdout`, which is not ended when the log is closed. */
  readonly path: string;
  readonly stdout: Writable;
  /** Whether lines are added to what the file has; else it starts anew. */
  readonly append: boolean;
};

/**
 * A buffered NDJSON writer. `write` never blocks and never throws for the disk's sake; a failure is thrown by the next
 * `drained`, `flush` or `close` as `output-failed`.
 */
export class NdjsonLog implements AsyncDisposable {
  readonly #stream: Writable;
  readonly #name: string;
  readonly #ownsStream: boolean;
  #buffer: string[] = [];
  #buffered = 0;
  #failure: IotbError | null = null;
  #closed = false;
  readonly #onError = (thrown: Error): void => {
    this.#failure ??= fileFault("output-failed", this.#name, thrown);
  };

  constructor(stream: Writable, name: string, ownsStream: boolean) {
    this.#stream = stream;
    this.#name = name;
    this.#ownsStream = ownsStream;
    stream.on("error", this.#onError);
  }

  /** Adds one line. False asks the caller to wait for {@link drained} before it writes more. */
  write(record: object): boolean {
    if (this.#closed || this.#failure !== null) return true;
    const line = `${JSON.stringify(record)}\n`;
    this.#buffer.push(line);
    this.#buffered += line.length;
    if (this.#buffered < PIECE_LENGTH) return true;
    this.#pass();
    return !this.#stream.writableNeedDrain;
  }

  /** Hands what is buffered on, so that a reader of the pipe or file sees it now. */
  passOn(): void {
    if (!this.#closed && this.#failure === null && this.#buffered > 0) this.#pass();
  }

  /** Resolves when more lines can be written without growing memory. */
  async drained(): Promise<void> {
    if (this.#stream.writableNeedDrain && !this.#stream.destroyed) {
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          for (const event of ["drain", "error", "close"]) this.#stream.off(event, settle);
          resolve();
        };
        for (const event of ["drain", "error", "close"]) this.#stream.on(event, settle);
      });
    }
    this.#throwFailure();
  }

  /** Resolves when every line so far has reached the file or pipe. */
  async flush(): Promise<void> {
    const piece = this.#take();
    // An empty write is answered in its turn, after everything written before it.
    if (!this.#stream.destroyed) {
      await new Promise<void>((resolve) => {
        this.#stream.write(piece, (thrown) => {
          if (thrown) this.#onError(thrown);
          resolve();
        });
      });
    }
    this.#throwFailure();
  }

  /** Writes what is left and closes the file. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.flush();
      if (this.#ownsStream) {
        this.#stream.end();
        await finished(this.#stream).catch(this.#onError);
        this.#throwFailure();
      }
    } finally {
      if (this.#ownsStream) this.#stream.destroy();
      else this.#stream.off("error", this.#onError);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(): string {
    const piece = this.#buffer.join("");
    this.#buffer = [];
    this.#buffered = 0;
    return piece;
  }

  #pass(): void {
    this.#stream.write(this.#take());
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

/** Opens an NDJSON log. Throws `output-failed` where the file cannot be opened. */
export const openNdjsonLog = async ({ path, stdout, append }: NdjsonTarget): Promise<NdjsonLog> => {
  if (path === "-") return new NdjsonLog(stdout, "(stdout)", false);
  const file = await open(path, append ? "a" : "w").catch((thrown: unknown) => {
    const hint = systemCodeOf(thrown) === "ENOENT" ? `make its directory first: mkdir -p ${dirname(path)}` : null;
    throw fileFault("output-failed", path, thrown, hint);
  });
  return new NdjsonLog(createWriteStream("", { fd: file, encoding: "utf8" }), path, true);
};
