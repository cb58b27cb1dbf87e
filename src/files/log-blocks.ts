import type { IotbError } from "../domain/errors.js";
import type { LogInput } from "./log-input.js";

/** A longer line is no log's; bytes. A receipt that keeps a payload of 64 KB stays far below. */
export const MAX_LINE_BYTES = 1_048_576;

/** How much is read at once: little enough to be still in a core's own cache when its lines are looked at. */
const BLOCK_BYTES = 131_072;

/** Bytes of the buffer behind a block, so that a look ahead from any byte of the block stays within the buffer. */
const LOOK_AHEAD = 16_384;

/** A buffer, seen as bytes and as numbers at any byte. */
export type LogBlock = { readonly bytes: Buffer; readonly view: DataView };

/**
 * Told of the bytes from `from` to `to`, which begin with the start of a line; answers where the first line begins that does not
 * end there. No line ends before `fresh`. The block is reused after the call.
 */
export type OnBlock = (block: LogBlock, from: number, fresh: number, to: number) => number;

/**
 * Reads an input to its end through one buffer. Answers what stands behind the last LF. Throws `tooLong()` for a line that is too
 * long, and what reading and `onBlock` throw.
 */
export const readLogBlocks = async (
  input: LogInput,
  onBlock: OnBlock,
  tooLong: () => IotbError,
  blockBytes: number = BLOCK_BYTES,
): Promise<Buffer> => {
  // what is left of a block is moved in front of the next one
  const bytes = Buffer.alloc(MAX_LINE_BYTES + blockBytes + LOOK_AHEAD);
  const block: LogBlock = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
  let from = MAX_LINE_BYTES;
  for (;;) {
    const got = await input.read(bytes, MAX_LINE_BYTES, blockBytes);
    if (got === 0) return bytes.subarray(from, MAX_LINE_BYTES);
    const to = MAX_LINE_BYTES + got;
    const restAt = onBlock(block, from, MAX_LINE_BYTES, to);
    const rest = to - restAt;
    if (rest > MAX_LINE_BYTES) throw tooLong();
    from = MAX_LINE_BYTES - rest;
    bytes.copyWithin(from, restAt, to);
  }
};
