import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { IotbError } from "../domain/errors.js";
import { type FileSeal, type RecordedRun, RUN_FILES, type RunManifest } from "../domain/run-record.js";
import { fileFault, systemCodeOf } from "./file-fault.js";
import { hashOfSeals } from "./run-hash.js";
import { accountDocument, type DocumentShape, faultIn, manifestDocument, summaryDocument } from "./run-shapes.js";

/** A manifest is a page of text; bytes. */
const MAX_MANIFEST_BYTES = 1_048_576;

/** The largest document that is read whole; bytes. Node has no longer texts than about 512 MB. */
const MAX_DOCUMENT_BYTES = 400_000_000;

/**
 * Reads a run directory, after checking that it is one, that it is whole and that none of its files was altered. Throws
 * `bad-input-file` with what is wrong: no manifest (the run was cut), another schema, a file that is not as it was sealed.
 */
export const readRunDirectory = async (path: string): Promise<RecordedRun> => {
  const manifest = await readManifest(path);
  for (const [name, seal] of Object.entries(manifest.files)) await checkSeal(path, name, seal);
  return {
    name: path,
    manifest,
    summary: await readDocument(path, RUN_FILES.summary, manifest, summaryDocument),
    account: await readDocument(path, RUN_FILES.account, manifest, accountDocument),
  };
};

const readManifest = async (path: string): Promise<RunManifest> => {
  const file = join(path, RUN_FILES.manifest);
  const bytes = await sizeOf(file).catch(async (thrown: unknown) => {
    throw systemCodeOf(thrown) === "ENOENT" ? await noRun(path) : fileFault("bad-input-file", file, thrown);
  });
  if (bytes > MAX_MANIFEST_BYTES) throw new IotbError("bad-input-file", `${file}: too large for a manifest`);
  const manifest = await readJson(file, manifestDocument);
  if (hashOfSeals(manifest.files) !== manifest.hash) {
    throw new IotbError("bad-input-file", `${file}: its hash is not that of the seals in it: it was altered`);
  }
  return manifest;
};

/** Why a directory without a manifest is no run. */
const noRun = async (path: string): Promise<IotbError> => {
  const names = await readdir(path).catch((thrown: unknown) => {
    throw fileFault("bad-input-file", path, thrown);
  });
  const own = names.filter((name) => Object.values(RUN_FILES).some((known) => name.startsWith(known))).sort();
  if (own.length === 0) {
    return new IotbError("bad-input-file", `${path}: no run directory: there is no ${RUN_FILES.manifest}`, {
      hint: "iotb measure --out DIR makes one",
    });
  }
  return new IotbError(
    "bad-input-file",
    `${path}: the run was cut before it was whole: ${RUN_FILES.manifest} is missing, there are only ${own.join(", ")}`,
    { hint: "measure again: what stands there proves nothing" },
  );
};

const checkSeal = async (path: string, name: string, seal: FileSeal): Promise<void> => {
  const file = join(path, name);
  const altered = (how: string) =>
    new IotbError("bad-input-file", `${file}: ${how}: it is not the file that the run wrote`, {
      hint: "get the directory again from where it was made",
    });
  try {
    const bytes = await sizeOf(file);
    if (bytes !== seal.bytes) throw altered(`${bytes} bytes, ${seal.bytes} were written`);
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    if (hash.digest("hex") !== seal.sha256) throw altered("its SHA-256 is not the sealed one");
  } catch (thrown) {
    throw fileFault("bad-input-file", file, thrown);
  }
};

const readDocument = async <T>(
  path: string,
  name: string,
  manifest: RunManifest,
  shape: DocumentShape<T>,
): Promise<T> => {
  const file = join(path, name);
  const seal = manifest.files[name];
  if (seal === undefined) throw new IotbError("bad-input-file", `${path}: the manifest names no ${name}`);
  if (seal.bytes > MAX_DOCUMENT_BYTES) {
    throw new IotbError("bad-input-file", `${file}: ${seal.bytes} bytes are more than can be read`);
  }
  return readJson(file, shape);
};

const readJson = async <T>(file: string, shape: DocumentShape<T>): Promise<T> => {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new IotbError("bad-input-file", `${file}: not JSON`);
    throw fileFault("bad-input-file", file, thrown);
  }
  const fault = faultIn(value, shape);
  if (fault !== null) throw new IotbError("bad-input-file", `${file}: ${fault.text}`, { hint: fault.hint });
  return value as T;
};

/** The length of a regular file: a pipe in its place would never end. */
const sizeOf = async (file: string): Promise<number> => {
  const facts = await stat(file);
  if (!facts.isFile()) throw new IotbError("bad-input-file", `${file}: not a regular file`);
  return facts.size;
};
