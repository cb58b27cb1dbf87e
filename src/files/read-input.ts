import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { IotbError } from "../domain/errors.js";
import { fileFault } from "./file-fault.js";

/** The name in messages of what was read from standard input. */
export const STDIN_NAME = "(stdin)";

/** Opens a file for reading, or standard input for `-`. What fails later fails on the stream. Throws `bad-input-file`. */
export const openInput = async (path: string, stdin: Readable, signal?: AbortSignal): Promise<Readable> => {
  if (path === "-") return stdin;
  await refuseDirectory(path);
  return createReadStream(path, signal === undefined ? {} : { signal });
};

/**
 * Reads a file, or standard input for `-`, up to `limit` bytes; reading stops there, so an endless one does no harm. Throws
 * `bad-input-file`, and `tooLong()` where there is more; the signal's reason where it is aborted.
 */
export const readInput = async (
  path: string,
  stdin: Readable,
  limit: number,
  tooLong: () => IotbError,
  signal?: AbortSignal,
): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  const input = await openInput(path, stdin, signal);
  const stop = (): void => void input.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop(); // it may have come while the input was opened
  try {
    for await (const chunk of input) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length > limit) throw tooLong();
      chunks.push(bytes);
    }
  } catch (thrown) {
    if (signal?.aborted) throw new IotbError("interrupted", "stopped while reading", { cause: thrown });
    throw fileFault("bad-input-file", path === "-" ? STDIN_NAME : path, thrown);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (signal?.aborted) throw new IotbError("interrupted", "stopped while reading");
  return Buffer.concat(chunks, length);
};

/** Throws `bad-input-file` for a directory, and for what is not there. */
export const refuseDirectory = async (path: string): Promise<void> => {
  const facts = await stat(path).catch((thrown: unknown) => {
    throw fileFault("bad-input-file", path, thrown);
  });
  if (facts.isDirectory()) throw new IotbError("bad-input-file", `${path}: it is a directory`);
};
