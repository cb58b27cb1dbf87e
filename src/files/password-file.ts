import { open } from "node:fs/promises";
import { IotbError } from "../domain/errors.js";
import { fileFault } from "./file-fault.js";

/** What an MQTT password may be long, in bytes. [MQTT-3.1.3.5] */
const MAX_BYTES = 0xffff;

/** A password with what is worth a word about its file, or null. */
export type FilePassword = { readonly password: string; readonly note: string | null };

/**
 * Reads a password: the first line of a file (a pipe will do), without its line end. Throws `bad-input-file` where there is
 * none, or more than an MQTT password may hold; what is read is never part of a message.
 */
export const readPasswordFile = async (path: string): Promise<FilePassword> => {
  const fail = (why: string): IotbError =>
    new IotbError("bad-input-file", `${path}: ${why}`, { hint: "write the password into its first line" });
  try {
    await using file = await open(path);
    const facts = await file.stat();
    if (facts.isDirectory()) throw fail("it is a directory");
    const bytes = Buffer.alloc(MAX_BYTES + 2);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length || bytes.subarray(0, length).includes(0x0a)) break;
    }
    const newline = bytes.subarray(0, length).indexOf(0x0a);
    const line = bytes.subarray(0, newline < 0 ? length : newline);
    const password = line.toString("utf8").replace(/\r$/, "");
    if (password === "") throw fail("its first line is empty");
    if (Buffer.byteLength(password) > MAX_BYTES) throw fail("its first line is longer than an MQTT password may be");
    const isShared = process.platform !== "win32" && facts.isFile() && (facts.mode & 0o077) !== 0;
    return { password, note: isShared ? `${path} can be read by others: chmod 600 ${path}` : null };
  } catch (thrown) {
    throw fileFault("bad-input-file", path, thrown);
  }
};
