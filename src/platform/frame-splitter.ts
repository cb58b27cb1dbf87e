import { frameLength, INCOMPLETE, MALFORMED } from "../protocol/publish-packet.js";

/** What a connection remembers of a packet that is not all there. Two words while there is none. */
export type FrameState = {
  /** The longest packet taken, bytes with its fixed header; may change between packets. */
  maxFrameBytes: number;
  /** The beginning of a packet, or null. */
  partial: Buffer | null;
  /** How many bytes of `partial` are filled. */
  filled: number;
};

/** Why a stream of bytes cannot be read on. */
export type FrameFault = "malformed-packet" | "packet-too-large";

/**
 * Cuts a stream into whole packets and hands each to `onFrame`, which must not keep it and answers false to stop. A packet's
 * length is checked before any of it is kept, and memory grows with what has really arrived, not with what a header claims.
 */
export const splitFrames = <S extends FrameState>(
  state: S,
  chunk: Buffer,
  onFrame: (state: S, frame: Buffer) => boolean,
): FrameFault | null => {
  let at = 0;
  while (at < chunk.length) {
    const partial = state.partial;
    const length = partial === null ? frameLength(chunk, at, chunk.length) : frameLength(partial, 0, state.filled);
    if (length === MALFORMED) return "malformed-packet";
    if (length > state.maxFrameBytes) return "packet-too-large";
    if (partial === null && length !== INCOMPLETE && length <= chunk.length - at) {
      const frame = chunk.subarray(at, at + length);
      at += length;
      if (!onFrame(state, frame)) return null;
      continue;
    }
    // A fixed header that is cut in two is completed byte by byte: at most four times in a packet.
    const wanted = length === INCOMPLETE ? 1 : length - state.filled;
    const taken = Math.min(partial === null ? chunk.length : wanted, chunk.length - at);
    append(state, chunk, at, taken, length);
    at += taken;
    if (state.partial !== null && state.filled === length) {
      const frame = state.partial.subarray(0, length);
      state.partial = null;
      state.filled = 0;
      if (!onFrame(state, frame)) return null;
    }
  }
  return null;
};

/** Adds bytes to the packet that is being collected; capacity doubles, up to the packet's length where it is known. */
const append = (state: FrameState, chunk: Buffer, at: number, count: number, length: number): void => {
  const needed = state.filled + count;
  if (state.partial === null || state.partial.length < needed) {
    const doubled = Math.max(64, needed * 2);
    const grown = Buffer.allocUnsafeSlow(length > 0 ? Math.max(needed, Math.min(doubled, length)) : doubled);
    state.partial?.copy(grown, 0, 0, state.filled);
    state.partial = grown;
  }
  chunk.copy(state.partial, state.filled, at, at + count);
  state.filled = needed;
};
