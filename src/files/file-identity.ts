import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { FileIdentity } from "../domain/device-source.js";
import { IotbError } from "../domain/errors.js";

/** Which file an open one is. */
export const identityOf = (path: string, facts: BigIntStats): FileIdentity => ({
  path,
  device: facts.dev,
  inode: facts.ino,
  size: facts.size,
  modifiedNs: facts.mtimeNs,
});

/** Throws `bad-input-file` where an open file is not, or no longer, the one that was read before. `name` is that of the message. */
export const requireSameFile = async (file: FileHandle, before: FileIdentity, name: string): Promise<void> => {
  const now = identityOf(before.path, await file.stat({ bigint: true }));
  const keys = ["device", "inode", "size", "modifiedNs"] as const;
  if (keys.some((key) => now[key] !== before[key])) throw changedFile(name);
};

/** What is said of a file of devices that became another one while it was used. */
export const changedFile = (name: string): IotbError =>
  new IotbError("bad-input-file", `${name}: the file changed while it was being read`, {
    hint: "run it again when nothing writes to the file any more",
  });
