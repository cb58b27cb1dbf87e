import { headerLength, PACKET_TYPE } from "../protocol/publish-packet.js";
import { type ByteCursor, readByte, readUint, skipBinary, skipText } from "./byte-cursor.js";
import { type PacketFault, PROPERTIES_OF, propertiesFault } from "./property-rules.js";

/**
 * What is wrong with a whole packet of a client, or null: the rules that the library's parser does not hold to, which replaces
 * bad UTF-8, reads past properties and takes a second one of a kind for a list. Only what passes here reaches the parser.
 */
export const packetFault = (frame: Buffer, protocol: 4 | 5): PacketFault | null => {
  const cursor: ByteCursor = { bytes: frame, at: headerLength(frame.length), end: frame.length };
  switch ((frame[0] ?? 0) >>> 4) {
    case PACKET_TYPE.connect:
      return connectFault(cursor, protocol);
    case PACKET_TYPE.publish:
      return publishFault(cursor, frame[0] ?? 0, protocol);
    case PACKET_TYPE.puback:
      return codedFault(cursor, 2, PROPERTIES_OF.puback);
    case PACKET_TYPE.subscribe:
      return listFault(cursor, protocol, PROPERTIES_OF.subscribe, true);
    case PACKET_TYPE.unsubscribe:
      return listFault(cursor, protocol, PROPERTIES_OF.unsubscribe, false);
    case PACKET_TYPE.disconnect:
      return codedFault(cursor, 0, PROPERTIES_OF.disconnect);
    default:
      return null; // the parser knows what else there is, and none of it is taken
  }
};

const connectFault = (cursor: ByteCursor, protocol: 4 | 5): PacketFault | null => {
  if (!skipText(cursor) || readByte(cursor) === null) return "malformed-packet"; // the protocol's name and level
  const flags = readByte(cursor);
  if (flags === null || (flags & 0x01) !== 0 || readUint(cursor, 2) === null) return "malformed-packet"; // [MQTT-3.1.2-3]
  const [hasUser, hasPassword, hasWill] = [(flags & 0x80) !== 0, (flags & 0x40) !== 0, (flags & 0x04) !== 0];
  if (hasPassword && !hasUser && protocol === 4) return "malformed-packet"; // [MQTT-3.1.2-22]
  if ((flags & 0x18) === 0x18) return "malformed-packet"; // [MQTT-3.1.2-14]
  if (!hasWill && (flags & 0x38) !== 0) return "malformed-packet"; // [MQTT-3.1.2-13] [MQTT-3.1.2-15]
  const fault = protocol === 5 ? propertiesFault(cursor, PROPERTIES_OF.connect) : null;
  if (fault !== null) return fault;
  if (!skipText(cursor)) return "malformed-packet"; // the client id
  if (hasWill) {
    const inWill = protocol === 5 ? propertiesFault(cursor, PROPERTIES_OF.will) : null;
    if (inWill !== null) return inWill;
    if (!skipText(cursor) || !skipBinary(cursor)) return "malformed-packet";
  }
  if (hasUser && !skipText(cursor)) return "malformed-packet";
  if (hasPassword && !skipBinary(cursor)) return "malformed-packet";
  return cursor.at === cursor.end ? null : "malformed-packet";
};

const publishFault = (cursor: ByteCursor, head: number, protocol: 4 | 5): PacketFault | null => {
  const qos = (head >>> 1) & 0x03;
  if (qos === 3 || (qos === 0 && (head & 0x08) !== 0)) return "malformed-packet"; // [MQTT-3.3.1-4] [MQTT-3.3.1-2]
  if (!skipText(cursor)) return "malformed-packet";
  if (qos > 0 && !readUint(cursor, 2)) return "malformed-packet"; // absent or zero [MQTT-2.3.1-1]
  return protocol === 5 ? propertiesFault(cursor, PROPERTIES_OF.publish) : null;
};

/** A packet of MQTT 5 that ends early where its reason is success and it has no properties. */
const codedFault = (cursor: ByteCursor, skipped: number, allowed: readonly number[]): PacketFault | null => {
  cursor.at += skipped;
  if (cursor.at > cursor.end) return "malformed-packet";
  if (readByte(cursor) === null || cursor.at === cursor.end) return null;
  return propertiesFault(cursor, allowed) ?? (cursor.at === cursor.end ? null : "malformed-packet");
};

/** SUBSCRIBE and UNSUBSCRIBE: at least one filter. [MQTT-3.8.3-3] [MQTT-3.10.3-2] */
const listFault = (
  cursor: ByteCursor,
  protocol: 4 | 5,
  allowed: readonly number[],
  options: boolean,
): PacketFault | null => {
  if (!readUint(cursor, 2)) return "malformed-packet";
  const fault = protocol === 5 ? propertiesFault(cursor, allowed) : null;
  if (fault !== null) return fault;
  if (cursor.at === cursor.end) return protocol === 5 ? "protocol-error" : "malformed-packet";
  while (cursor.at < cursor.end) {
    if (!skipText(cursor) || (options && readByte(cursor) === null)) return "malformed-packet";
  }
  return null;
};
