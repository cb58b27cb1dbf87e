import { open } from "node:fs/promises";
import { IotbError } from "../domain/errors.js";

/** A file that may hold secrets, as it was read. */
export type CredentialFile = {
  readonly text: string;
  /** Permission bits, or null where the system has none. */
  readonly mode: number | null;
};

/** Reads such a file; null where it does not exist. */
export type ReadCredentialFile = (path: string) => Promise<CredentialFile | null>;

/** A configuration is a few kilobytes; anything longer is another file. */
const MAX_BYTES = 1024 * 1024;

/** Reads from the disk. Throws `bad-input-file` where the file is there and cannot be read. */
export const readCredentialFile: ReadCredentialFile = async (path) => {
  const fail = (why: string): IotbError =>
    new IotbError("bad-input-file", `${path}: ${why}`, {
      hint: "check the file, or set ALIBABA_CLOUD_IGNORE_PROFILE=TRUE",
    });
  try {
    await using file = await open(path);
    const { size, mode } = await file
      .stat()
      .then((facts) => (facts.isFile() ? facts : Promise.reject(fail("is no file"))));
    if (size > MAX_BYTES) throw fail("is too long for a configuration");
    return { text: await file.readFile("utf8"), mode: process.platform === "win32" ? null : mode & 0o777 };
  } catch (error) {
    if (error instanceof IotbError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw fail(`cannot be read (${code})`);
  }
};
