import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { createGzip, type Gzip } from "node:zlib";
import type { FileSeal } from "../domain/run-record.js";
import { fileFault } from "./file-fault.js";
import type { DiskFile, RunDisk } from "./run-disk.js";

/** What a file is called until it is whole. */
export const PARTIAL_SUFFIX = ".partial";

/** Compressed bytes are passed on in pieces of this size. */
const GZIP_CHUNK_BYTES = 65_536;

/**
 * One file that is written under a temporary name and gets its own once it is whole and on the disk. `write` resolves when the
 * piece is taken, so that a caller who waits for it never grows memory. Everything throws `output-failed`; after a failure the
 * temporary file is left as it is.
 */
export class SealedFile {
  readonly #disk: RunDisk;
  readonly #path: string;
  readonly #file: DiskFile;
  readonly #gzip: Gzip | null;
  /** Resolves when all that was compressed is written. */
  readonly #compressed: Promise<void>;
  readonly #hash = createHash("sha256");
  #bytes = 0;
  #failure: unknown = null;
  #closed = false;

  private constructor(disk: RunDisk, path: string, file: DiskFile, gzip: boolean) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
    // the fastest level: the lines are much alike, and the processor belongs to the measurement
    this.#gzip = gzip ? createGzip({ level: 1, chunkSize: GZIP_CHUNK_BYTES }) : null;
    this.#compressed = this.#gzip === null ? Promise.resolve() : this.#passOn(this.#gzip);
  }

  /** Begins the file. */
  static async create(disk: RunDisk, directory: string, name: string, options: { readonly gzip: boolean }) {
    const path = join(directory, name);
    const file = await disk.create(path + PARTIAL_SUFFIX).catch((thrown: unknown) => {
      throw fileFault("output-failed", path, thrown);
    });
    return new SealedFile(disk, path, file, options.gzip);
  }

  get name(): string {
    return basename(this.#path);
  }

  /** Adds a piece. */
  async write(piece: string): Promise<void> {
    const gzip = this.#gzip;
    try {
      if (gzip === null) await this.#put(Buffer.from(piece));
      else
        await new Promise<void>((resolve, reject) => gzip.write(piece, (error) => (error ? reject(error) : resolve())));
    } catch (thrown) {
      throw this.#fault(thrown);
    }
  }

  /** Completes the file: on the disk, under its own name. */
  async seal(): Promise<FileSeal> {
    try {
      this.#gzip?.end();
      await this.#compressed;
      if (this.#failure !== null) throw this.#failure;
      await this.#file.sync();
      await this.close();
      await this.#disk.rename(this.#path + PARTIAL_SUFFIX, this.#path);
    } catch (thrown) {
      await this.close();
      throw this.#fault(thrown);
    }
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  /** Gives up: closes the file and leaves its temporary name. Never throws. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#gzip?.destroy();
    await this.#compressed;
    await this.#file.close().catch((thrown: unknown) => {
      this.#failure ??= thrown;
    });
  }

  async #passOn(gzip: Gzip): Promise<void> {
    try {
      for await (const chunk of gzip) await this.#put(chunk as Buffer);
    } catch (thrown) {
      // leaving the loop destroyed the stream: whoever writes next hears of it
      this.#failure ??= thrown;
    }
  }

  async #put(bytes: Buffer): Promise<void> {
    let done = 0;
    while (done < bytes.length) done += (await this.#file.write(bytes, done)).bytesWritten;
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  /** The first failure is the one that tells why. */
  #fault(thrown: unknown) {
    return fileFault("output-failed", this.#path, this.#failure ?? thrown);
  }
}
