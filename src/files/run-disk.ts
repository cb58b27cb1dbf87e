import { type FileHandle, mkdir, open, readdir, rename, rmdir, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCodeOf } from "./file-fault.js";

/** A file that is being written. */
export type DiskFile = Pick<FileHandle, "write" | "sync" | "close">;

/** The steps of writing files so that they are there whole or not at all. They throw what the file system throws. */
export interface RunDisk {
  /** Makes a directory and those above it; false where it was there. */
  makeDirectory(path: string): Promise<boolean>;
  list(path: string): Promise<readonly string[]>;
  /** A new file; one of that name must not be there. */
  create(path: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** Makes the names in a directory survive a loss of power. */
  syncDirectory(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  removeDirectory(path: string): Promise<void>;
}

/** Not every file system can sync a directory; such an answer says nothing against what was written. */
const CANNOT_SYNC: ReadonlySet<string | null> = new Set(["EINVAL", "ENOTSUP", "EISDIR", "EPERM", "EACCES"]);

/**
 * As `mkdir -p`. Node's own way of it never ends below `/proc`, where a directory whose parent is there is said to have no place.
 */
const makeDirectory = async (path: string, again = false): Promise<boolean> => {
  try {
    await mkdir(path);
    return true;
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return false;
    const parent = dirname(path);
    if (code !== "ENOENT" || again || parent === path) throw thrown;
    await makeDirectory(parent);
    return makeDirectory(path, true);
  }
};

/** The file system of this machine. */
export const REAL_DISK: RunDisk = {
  makeDirectory: (path) => makeDirectory(path),
  list: (path) => readdir(path),
  create: (path) => open(path, "wx"),
  rename,
  syncDirectory: async (path) => {
    try {
      await using directory = await open(path, "r");
      await directory.sync();
    } catch (thrown) {
      if (!CANNOT_SYNC.has(systemCodeOf(thrown))) throw thrown;
    }
  },
  remove: unlink,
  removeDirectory: rmdir,
};
