import { readSync } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { constants, createGunzip } from "node:zlib";
import { IotbError } from "../domain/errors.js";
import { fileFault, systemCodeOf } from "./file-fault.js";
import { refuseDirectory, STDIN_NAME } from "./read-input.js";

/** The bytes of a log, one after the other. */
export type LogInput = AsyncDisposable & {
  /** Reads up to `length` bytes to `at`; 0 is the end. Throws `bad-input-file`. */
  read(into: Buffer, at: number, length: number): Promise<number>;
};

/** What gzip begins with. */
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** Bytes of a file that are read in one turn of the event loop: signals and progress wait no longer. */
const TURN_BYTES = 4_194_304;

/** Bytes that unpacking puts out at once. */
const UNPACKED_BYTES = 262_144;

/**
 * Opens a log: a file, or standard input for `-`, packed by gzip or not, which its first bytes tell. A packed one that stops in
 * its middle ends where it stops, as an unpacked one does. `onRead` hears how many bytes came of the file itself. Throws `bad-input-file`.
 */
export const openLogInput = async (
  path: string,
  stdin: Readable,
  onRead: (bytes: number) => void,
): Promise<LogInput> => {
  const name = path === "-" ? STDIN_NAME : path;
  const raw = counted(path === "-" ? streamInput(stdin) : await fileInput(path), onRead);
  const input = withNamedFaults(raw, name);
  try {
    const start = await firstBytes(input);
    const whole = startingWith(start, input);
    return GZIP_MAGIC.every((byte, i) => start[i] === byte) ? withNamedFaults(unpacked(whole), name) : whole;
  } catch (thrown) {
    await input[Symbol.asyncDispose]();
    throw thrown;
  }
};

const fileInput = async (path: string): Promise<LogInput> => {
  await refuseDirectory(path);
  const file = await open(path).catch((thrown: unknown) => {
    throw fileFault("bad-input-file", path, thrown);
  });
  const isFile = (await file.stat()).isFile();
  let sinceTurn = 0;
  return {
    read: async (into, at, length) => {
      // a pipe may keep one waiting
      if (!isFile) return (await file.read(into, at, length, null)).bytesRead;
      if (sinceTurn >= TURN_BYTES) {
        sinceTurn = 0;
        await setImmediate();
      }
      // by another thread the bytes would come in another core's cache, and cost twice as much to look at
      const got = readSync(file.fd, into, at, length, null);
      sinceTurn += got;
      return got;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
};

const streamInput = (stream: Readable): LogInput => {
  const chunks = stream[Symbol.asyncIterator]();
  let chunk = Buffer.alloc(0);
  return {
    read: async (into, at, length) => {
      while (chunk.length === 0) {
        const next = await chunks.next();
        if (next.done) return 0;
        chunk = Buffer.isBuffer(next.value) ? next.value : Buffer.from(next.value);
      }
      const taken = chunk.copy(into, at, 0, length);
      chunk = chunk.subarray(taken);
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      await chunks.return?.();
    },
  };
};

const unpacked = (packed: LogInput): LogInput => {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = Buffer.allocUnsafe(UNPACKED_BYTES);
      const length = await packed.read(chunk, 0, chunk.length);
      if (length === 0) return;
      yield chunk.subarray(0, length);
    }
  };
  const source = Readable.from(chunks());
  // without the flush its end would be an error where the file is cut, and lose what was unpacked before
  const gunzip = createGunzip({ chunkSize: UNPACKED_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  source.on("error", (thrown) => gunzip.destroy(thrown));
  const input = streamInput(source.pipe(gunzip));
  return {
    read: input.read,
    [Symbol.asyncDispose]: async () => {
      source.destroy();
      await input[Symbol.asyncDispose]();
      await packed[Symbol.asyncDispose]();
    },
  };
};

const firstBytes = async (input: LogInput): Promise<Buffer> => {
  const bytes = Buffer.alloc(GZIP_MAGIC.length);
  let filled = 0;
  while (filled < bytes.length) {
    const got = await input.read(bytes, filled, bytes.length - filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
};

const startingWith = (start: Buffer, input: LogInput): LogInput => {
  let left = start;
  return {
    read: async (into, at, length) => {
      if (left.length === 0) return input.read(into, at, length);
      const taken = left.copy(into, at, 0, length);
      left = left.subarray(taken);
      return taken;
    },
    [Symbol.asyncDispose]: () => input[Symbol.asyncDispose](),
  };
};

const counted = (input: LogInput, onRead: (bytes: number) => void): LogInput => ({
  read: async (into, at, length) => {
    const got = await input.read(into, at, length);
    onRead(got);
    return got;
  },
  [Symbol.asyncDispose]: () => input[Symbol.asyncDispose](),
});

/** zlib's codes for bytes that are not what gzip writes. */
const isGzipFault = (thrown: unknown): boolean => systemCodeOf(thrown)?.startsWith("Z_") ?? false;

const withNamedFaults = (input: LogInput, name: string): LogInput => ({
  read: async (into, at, length) => {
    try {
      return await input.read(into, at, length);
    } catch (thrown) {
      if (!isGzipFault(thrown)) throw fileFault("bad-input-file", name, thrown);
      throw new IotbError("bad-input-file", `${name}: it begins as a gzip file and is none, or a damaged one`, {
        hint: `gzip --test ${name}`,
        cause: thrown,
      });
    }
  },
  [Symbol.asyncDispose]: () => input[Symbol.asyncDispose](),
});
