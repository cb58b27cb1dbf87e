import { isUtf8 } from "node:buffer";

/** A place in one packet; every reader moves it on, or answers null (false) where the packet is too short or malformed. */
export type ByteCursor = { readonly bytes: Buffer; at: number; readonly end: number };

/** One byte. */
export const readByte = (cursor: ByteCursor): number | null => {
  if (cursor.at >= cursor.end) return null;
  return cursor.bytes[cursor.at++] ?? null;
};

/** Two or four bytes, the high one first. */
export const readUint = (cursor: ByteCursor, size: 2 | 4): number | null => {
  if (cursor.end - cursor.at < size) return null;
  const value = size === 2 ? cursor.bytes.readUInt16BE(cursor.at) : cursor.bytes.readUInt32BE(cursor.at);
  cursor.at += size;
  return value;
};

/** A variable byte integer of at most four bytes. [MQTT5-1.5.5-1] */
export const readVarint = (cursor: ByteCursor): number | null => {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 4; i++) {
    const byte = readByte(cursor);
    if (byte === null) return null;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  return null;
};

/** Passes over binary data with its length in front. */
export const skipBinary = (cursor: ByteCursor): boolean => {
  const length = readUint(cursor, 2);
  if (length === null || length > cursor.end - cursor.at) return false;
  cursor.at += length;
  return true;
};

/** Passes over a text with its length in front: well-formed UTF-8 without NUL. [MQTT-1.5.3-1] [MQTT-1.5.3-2] */
export const skipText = (cursor: ByteCursor): boolean => {
  const start = cursor.at + 2;
  if (!skipBinary(cursor)) return false;
  const text = cursor.bytes.subarray(start, cursor.at);
  return isUtf8(text) && !text.includes(0);
};
