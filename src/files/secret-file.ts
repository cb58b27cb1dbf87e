import { type FileHandle, open, stat, unlink } from "node:fs/promises";
import { fileFault } from "./file-fault.js";

/** Owner may read and write, nobody else anything. */
const OWNER_ONLY = 0o600;

/**
 * Writes secrets to a file of mode 0600. As ssh-keygen, it never writes over a file that is there: old secrets may be the only
 * copy. A pipe or a device file is written to. What was begun is removed when it fails. Throws `output-failed`.
 */
export const writeSecretFile = async (path: string, pieces: Iterable<string>): Promise<void> => {
  const facts = await stat(path).catch(() => null);
  const isFile = facts === null || facts.isFile() || facts.isDirectory();
  await using file = await openForSecrets(path, isFile);
  try {
    if (isFile) await file.chmod(OWNER_ONLY);
    for (const piece of pieces) await file.write(piece);
  } catch (thrown) {
    if (isFile) await unlink(path).catch(() => undefined);
    throw fileFault("output-failed", path, thrown);
  }
};

const openForSecrets = async (path: string, isFile: boolean): Promise<FileHandle> => {
  try {
    return await open(path, isFile ? "wx" : "w", OWNER_ONLY);
  } catch (thrown) {
    throw fileFault("output-failed", path, thrown, "name another file, or remove that one first");
  }
};
