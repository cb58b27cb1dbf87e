import { type FileHandle, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { fileFault, systemCodeOf } from "./file-fault.js";
import { PARTIAL_SUFFIX } from "./sealed-file.js";

/**
 * A report that is written to a file at the end of a run: opened before anything is started, so that a place that cannot be
 * written to costs no run, and put in the place of an older one only when it is whole. A pipe or a device file is written to
 * as it is.
 */
export class OutputFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  /** The name it has until it is whole; null where it is no regular file. */
  readonly #partial: string | null;
  #open = true;

  private constructor(path: string, file: FileHandle, partial: string | null) {
    this.#path = path;
    this.#file = file;
    this.#partial = partial;
  }

  /** Throws `output-failed`. */
  static async open(path: string): Promise<OutputFile> {
    try {
      const facts = await stat(path).catch(() => null);
      const partial = facts === null || facts.isFile() ? path + PARTIAL_SUFFIX : null;
      return new OutputFile(path, await open(partial ?? path, "w"), partial);
    } catch (thrown) {
      const hint = systemCodeOf(thrown) === "ENOENT" ? `make its directory first: mkdir -p ${dirname(path)}` : null;
      throw fileFault("output-failed", path, thrown, hint);
    }
  }

  /** Writes the report and gives it its name. Throws `output-failed`; an older file of that name is then what it was. */
  async write(pieces: Iterable<string>): Promise<void> {
    try {
      for (const piece of pieces) await this.#file.writeFile(piece);
      if (this.#partial !== null) await this.#file.sync();
      await this.#close();
      if (this.#partial !== null) await rename(this.#partial, this.#path);
    } catch (thrown) {
      await this.#discard();
      throw fileFault("output-failed", this.#path, thrown);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) await this.#discard();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }

  async #discard(): Promise<void> {
    await this.#close().catch(() => undefined);
    if (this.#partial !== null) await unlink(this.#partial).catch(() => undefined);
  }
}
