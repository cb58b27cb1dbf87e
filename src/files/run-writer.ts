import { join } from "node:path";
import { IotbError } from "../domain/errors.js";
import { type FileSeal, RUN_FILES, type RunManifest } from "../domain/run-record.js";
import { fileFault, systemCodeOf } from "./file-fault.js";
import { REAL_DISK, type RunDisk } from "./run-disk.js";
import { hashOfSeals } from "./run-hash.js";
import { PARTIAL_SUFFIX, SealedFile } from "./sealed-file.js";

/** What a manifest says beside the seals. */
export type ManifestFacts = Omit<RunManifest, "schema" | "files" | "hash">;

/**
 * Writes a run directory. Each file is written under a temporary name, forced to the disk and renamed; the manifest comes last,
 * so that a directory that has one is whole. Disposed of before `complete`, it removes what it has written where nothing was
 * measured (see {@link RunWriter.keep}), else leaves it without a manifest.
 */
export class RunWriter implements AsyncDisposable {
  readonly path: string;
  /** `log.txt`, open from the start: what proves that the directory can be written to. */
  readonly log: SealedFile;
  readonly #disk: RunDisk;
  readonly #made: boolean;
  readonly #open = new Set<SealedFile>();
  readonly #seals = new Map<string, FileSeal>();
  #keep = false;
  #ended = false;

  constructor(disk: RunDisk, path: string, made: boolean, log: SealedFile) {
    this.#disk = disk;
    this.path = path;
    this.#made = made;
    this.log = log;
    this.#open.add(log);
  }

  /** Begins a file. Throws `output-failed`. */
  async begin(name: string, options: { readonly gzip: boolean }): Promise<SealedFile> {
    const file = await SealedFile.create(this.#disk, this.path, name, options);
    this.#open.add(file);
    return file;
  }

  /** Completes a file that was begun. Throws `output-failed`. */
  async seal(file: SealedFile): Promise<void> {
    this.#seals.set(file.name, await file.seal());
    this.#open.delete(file);
  }

  /** Writes a whole file. Throws `output-failed`. */
  async write(name: string, pieces: Iterable<string>): Promise<void> {
    const file = await this.begin(name, { gzip: false });
    for (const piece of pieces) await file.write(piece);
    await this.seal(file);
  }

  /** From now on what is written is worth keeping, manifest or not. */
  keep(): void {
    this.#keep = true;
  }

  /** Completes the log and writes the manifest: the run is whole. Throws `output-failed`; then there is no manifest. */
  async complete(facts: ManifestFacts): Promise<RunManifest> {
    await this.seal(this.log);
    const files = Object.fromEntries([...this.#seals].sort(([a], [b]) => (a < b ? -1 : 1)));
    const manifest: RunManifest = { schema: "iotb.run/1", ...facts, files, hash: hashOfSeals(files) };
    try {
      // the other names first: a manifest that survives a loss of power must find its files
      await this.#disk.syncDirectory(this.path);
      const file = await this.begin(RUN_FILES.manifest, { gzip: false });
      await file.write(`${JSON.stringify(manifest, null, 2)}\n`);
      await this.seal(file);
      await this.#disk.syncDirectory(this.path);
    } catch (thrown) {
      // where even that fails, the reader's checks of the seals are what is left
      await this.#disk.remove(join(this.path, RUN_FILES.manifest)).catch(() => undefined);
      throw fileFault("output-failed", this.path, thrown);
    }
    this.#ended = true;
    return manifest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#open) await file.close();
    if (this.#ended || this.#keep) return;
    const names = [...this.#open].map(({ name }) => name + PARTIAL_SUFFIX).concat(...this.#seals.keys());
    for (const name of names) await this.#disk.remove(join(this.path, name)).catch(() => undefined);
    if (this.#made) await this.#disk.removeDirectory(this.path).catch(() => undefined);
  }
}

/**
 * Begins a run directory: it must not be there, or be empty, and it must be possible to write to it. Throws `output-failed`.
 */
export const createRunDirectory = async (path: string, disk: RunDisk = REAL_DISK): Promise<RunWriter> => {
  let made = false;
  try {
    made = await disk.makeDirectory(path);
    refuseUsed(path, await disk.list(path));
    return new RunWriter(disk, path, made, await SealedFile.create(disk, path, RUN_FILES.log, { gzip: false }));
  } catch (thrown) {
    if (made) await disk.removeDirectory(path).catch(() => undefined);
    if (systemCodeOf(thrown) === "EEXIST") throw new IotbError("output-failed", `${path}: it is no directory`);
    throw fileFault("output-failed", path, thrown, "name a directory that can be written to: --out DIR");
  }
};

/** A directory that holds anything is refused: no run is ever mixed with another, or with other files. */
const refuseUsed = (path: string, names: readonly string[]): void => {
  if (names.length === 0) return;
  const isCut = !names.includes(RUN_FILES.manifest) && names.some((name) => name.endsWith(PARTIAL_SUFFIX));
  const what = names.includes(RUN_FILES.manifest)
    ? "it holds a run already"
    : isCut
      ? `it holds a run that was cut, or is still being written: there is no ${RUN_FILES.manifest}`
      : "it is not empty";
  throw new IotbError("output-failed", `${path}: ${what}`, {
    hint: "name a directory that is empty or not there: a run is never written over anything",
  });
};
