import { type ByteCursor, readByte, readUint, readVarint, skipBinary, skipText } from "./byte-cursor.js";

/** What is wrong with a packet: its form, or what it asks for. [MQTT5-4.13] */
export type PacketFault = "malformed-packet" | "protocol-error";

type PropertyKind = "flag" | "u16" | "u32" | "not-zero-u16" | "not-zero-u32" | "varint" | "text" | "binary" | "pair";

/** The properties a client may send, by identifier. [MQTT5-2.2.2.2] */
const KINDS: Readonly<Record<number, PropertyKind>> = {
  1: "flag", // payload format
  2: "u32", // message expiry
  3: "text", // content type
  8: "text", // response topic
  9: "binary", // correlation data
  11: "varint", // subscription identifier
  17: "u32", // session expiry
  21: "text", // authentication method
  22: "binary", // authentication data
  23: "flag", // request problem information
  24: "u32", // will delay
  25: "flag", // request response information
  31: "text", // reason
  33: "not-zero-u16", // receive maximum
  34: "u16", // topic alias maximum
  35: "u16", // topic alias
  38: "pair", // user property
  39: "not-zero-u32", // maximum packet size
};

const USER_PROPERTY = 38;

/** Which of them belong where. [MQTT5-2.2.2.2] */
export const PROPERTIES_OF = {
  connect: [17, 33, 39, 34, 25, 23, 38, 21, 22],
  will: [24, 1, 2, 3, 8, 9, 38],
  publish: [1, 2, 35, 8, 9, 38, 3], // a subscription identifier is for servers to send [MQTT5-3.3.4-6]
  puback: [31, 38],
  subscribe: [11, 38],
  unsubscribe: [38],
  disconnect: [17, 31, 38],
} as const satisfies Readonly<Record<string, readonly number[]>>;

/**
 * Reads a packet's property section to its end, or answers what is wrong with it: a length that points outside, an identifier
 * that does not belong here, a value cut short (malformed); one property twice or a value that is not allowed (protocol error).
 */
export const propertiesFault = (cursor: ByteCursor, allowed: readonly number[]): PacketFault | null => {
  const length = readVarint(cursor);
  if (length === null || length > cursor.end - cursor.at) return "malformed-packet";
  const section: ByteCursor = { bytes: cursor.bytes, at: cursor.at, end: cursor.at + length };
  cursor.at = section.end;
  const seen = new Set<number>();
  while (section.at < section.end) {
    const id = readByte(section) ?? 0; // every identifier is below 128, so one byte
    const kind = KINDS[id];
    if (kind === undefined || !allowed.includes(id)) return "malformed-packet";
    if (id !== USER_PROPERTY && seen.has(id)) return "protocol-error";
    seen.add(id);
    const fault = valueFault(section, kind);
    if (fault !== null) return fault;
  }
  return null;
};

const valueFault = (section: ByteCursor, kind: PropertyKind): PacketFault | null => {
  const number = (value: number | null, fits: (value: number) => boolean): PacketFault | null => {
    if (value === null) return "malformed-packet";
    return fits(value) ? null : "protocol-error";
  };
  const any = (): boolean => true;
  const notZero = (value: number): boolean => value > 0;
  switch (kind) {
    case "flag":
      return number(readByte(section), (value) => value <= 1);
    case "u16":
      return number(readUint(section, 2), any);
    case "u32":
      return number(readUint(section, 4), any);
    case "not-zero-u16":
      return number(readUint(section, 2), notZero);
    case "not-zero-u32":
      return number(readUint(section, 4), notZero);
    case "varint":
      return number(readVarint(section), notZero);
    case "text":
      return skipText(section) ? null : "malformed-packet";
    case "binary":
      return skipBinary(section) ? null : "malformed-packet";
    case "pair":
      return skipText(section) && skipText(section) ? null : "malformed-packet";
  }
};
