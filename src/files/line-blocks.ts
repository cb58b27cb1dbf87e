import type { FileHandle } from "node:fs/promises";

/** How much is read at once. No line may be longer. */
const BLOCK_BYTES = 1_048_576;
const LF = 0x0a;

/** What a reader of lines hears. Either may answer false to end the reading. */
export type LineReader = {
  /** Bytes that were read, before their lines are. */
  readonly block?: (bytes: Buffer) => boolean;
  /** One line, which stands in `bytes` from `from` to `to` without its LF, and in the file at `offset`. Not to be kept. */
  readonly line: (bytes: Buffer, from: number, to: number, offset: number) => boolean;
};

/**
 * Reads the lines of a file from byte `start` to `end` in blocks of one buffer, however long the file is. Answers whether it
 * read to the end: not where the reader ended it, or where a line is longer than a block (`blockBytes`). A file that is shorter
 * ends there.
 */
export const readLineBlocks = async (
  file: FileHandle,
  start: number,
  end: number,
  reader: LineReader,
  blockBytes: number = BLOCK_BYTES,
): Promise<boolean> => {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(blockBytes, end - start)));
  /** The file's offset of the buffer's first byte, and how much of the buffer is filled. */
  let base = start;
  let filled = 0;
  for (;;) {
    const wanted = Math.min(buffer.length - filled, end - base - filled);
    const { bytesRead } = wanted > 0 ? await file.read(buffer, filled, wanted, base + filled) : { bytesRead: 0 };
    if (reader.block?.(buffer.subarray(filled, filled + bytesRead)) === false) return false;
    filled += bytesRead;
    const last = bytesRead === 0;
    let from = 0;
    for (let to = nextLine(buffer, from, filled); to >= 0; to = nextLine(buffer, from, filled)) {
      if (!reader.line(buffer, from, to, base + from)) return false;
      from = to + 1;
    }
    if (last) return from >= filled || reader.line(buffer, from, filled, base + from);
    if (from === 0 && filled === buffer.length && base + filled < end) return false;
    buffer.copyWithin(0, from, filled);
    base += from;
    filled -= from;
  }
};

const nextLine = (buffer: Buffer, from: number, filled: number): number => {
  const at = buffer.indexOf(LF, from);
  return at < filled ? at : -1;
};
