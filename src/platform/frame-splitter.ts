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
    if (state.partial !== null) {
      const before = frameLength(state.partial, 0, state.filled);
      // A fixed header that is cut in two is completed byte by byte: at most four times in a packet.
      const wanted = before === INCOMPLETE ? 1 : before - state.filled;
      const taken = Math.min(wanted, chunk.length - at);
      append(state, chunk, at, taken, before);
      at += taken;
      const length = frameLength(state.partial, 0, state.filled);
      const fault = lengthFault(state, length);
      if (fault !== null) return fault;
      if (length === state.filled && !onFrame(state, takePartial(state))) return null;
      continue;
    }
    const length = frameLength(chunk, at, chunk.length);
    const fault = lengthFault(state, length);
    if (fault !== null) return fault;
    if (length === INCOMPLETE || length > chunk.length - at) {
      append(state, chunk, at, chunk.length - at, length);
      return null;
    }
    const frame = chunk.subarray(at, at + length);
    at += length;
    if (!onFrame(state, frame)) return null;
  }
  return null;
};

const lengthFault = ({ maxFrameBytes }: FrameState, length: number): FrameFault | null => {
  if (length === MALFORMED) return "malformed-packet";
  return length > maxFrameBytes ? "packet-too-large" : null;
};

/** The packet that is all there now; nothing is collected afterwards. */
const takePartial = (state: FrameState): Buffer => {
  const frame = (state.partial ?? Buffer.alloc(0)).subarray(0, state.filled);
  state.partial = null;
  state.filled = 0;
  return frame;
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
