import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { IotbError, reasonOf } from "../domain/errors.js";
import { formatTriplet, formatTriplets } from "../protocol/triplet-csv.js";
import { STATE_FILES, STATE_SCHEMA } from "./state-layout.js";
import type { PlatformState } from "./state-snapshot.js";

/** So many devices are written at once. */
const ROWS_PER_PIECE = 1_000;

const failed = (dir: string, why: string, cause?: unknown): IotbError =>
  new IotbError("output-failed", `the platform's state cannot be written to ${dir}: ${why}`, {
    hint: "name a directory that is not there yet, an empty one, or one that holds a state",
    cause,
  });

/** The directory that a name means: where it is a link, what it points to, so that the link stays. */
const targetOf = (dir: string): Promise<string> => realpath(dir).catch(() => resolve(dir));

/**
 * Checks, before a platform runs for hours, that a state may be written to `dir`: it is not there yet or holds nothing but a
 * state. Throws `output-failed`.
 */
export const checkExportDir = async (dir: string): Promise<void> => {
  const target = await targetOf(dir);
  const entries = await readdir(target).catch((thrown: unknown) => {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return null;
    throw failed(
      dir,
      thrown instanceof Error && "code" in thrown && thrown.code === "ENOTDIR" ? "it is a file" : reasonOf(thrown),
    );
  });
  const own: readonly string[] = Object.values(STATE_FILES);
  const foreign = entries?.find((name) => !own.includes(name));
  if (foreign !== undefined) throw failed(dir, `it holds something else, ${JSON.stringify(foreign)}`);
  await access(dirname(target), constants.W_OK).catch((thrown: unknown) => {
    throw failed(dir, `${dirname(target)} is not there or may not be written to`, thrown);
  });
};

/**
 * Writes a state, whole or not at all: into a directory beside `dir`, which then takes its place. Files are for their owner
 * alone. Should this end between the two renames, the former state is whole under the name that `*.old-…` matches.
 */
export const exportState = async (dir: string, state: PlatformState): Promise<void> => {
  await checkExportDir(dir); // somebody may have put something there meanwhile
  const target = await targetOf(dir);
  const mark = randomBytes(6).toString("hex");
  const fresh = join(dirname(target), `.${basename(target)}.new-${mark}`);
  const former = join(dirname(target), `.${basename(target)}.old-${mark}`);
  try {
    await mkdir(fresh, { mode: 0o700 });
    await writeWhole(join(fresh, STATE_FILES.products), productPieces(state));
    await writeWhole(join(fresh, STATE_FILES.devices), devicePieces(state));
    await writeWhole(join(fresh, STATE_FILES.details), detailPieces(state));
    const replaced = await rename(target, former).then(
      () => true,
      () => false,
    );
    await rename(fresh, target).catch(async (thrown: unknown) => {
      if (replaced) await rename(former, target);
      throw thrown;
    });
    if (replaced) await rm(former, { recursive: true, force: true });
  } catch (thrown) {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    throw thrown instanceof IotbError ? thrown : failed(dir, reasonOf(thrown), thrown);
  }
};

const writeWhole = async (path: string, pieces: Iterable<string>): Promise<void> => {
  await using file = await open(path, "wx", 0o600);
  for (const piece of pieces) await file.write(piece);
  await file.sync(); // a rename that survives a power cut must not lead to files that did not
};

function* productPieces({ products }: PlatformState): Generator<string> {
  yield `${JSON.stringify({ schema: STATE_SCHEMA, products }, null, 2)}\n`;
}

function* devicePieces({ devices }: PlatformState): Generator<string> {
  yield formatTriplets([]);
  for (let i = 0; i < devices.length; i += ROWS_PER_PIECE) {
    yield devices
      .slice(i, i + ROWS_PER_PIECE)
      .map(formatTriplet)
      .join("");
  }
}

function* detailPieces({ devices }: PlatformState): Generator<string> {
  for (let i = 0; i < devices.length; i += ROWS_PER_PIECE) {
    yield devices
      .slice(i, i + ROWS_PER_PIECE)
      .map(({ deviceSecret: _, ...details }) => `${JSON.stringify(details)}\n`)
      .join("");
  }
}
