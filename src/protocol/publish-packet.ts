/** The longest body of a remaining-length field: four bytes. [MQTT-2.2.3] */
const MAX_REMAINING_LENGTH = 268_435_455;

/** The packet type in a fixed header's first byte. */
export const PACKET_TYPE = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

/** The two-byte packets that need no encoder. */
export const PINGREQ = Uint8Array.of(0xc0, 0x00);
export const PINGRESP = Uint8Array.of(0xd0, 0x00);
export const DISCONNECT = Uint8Array.of(0xe0, 0x00);

/** What {@link frameLength} answers where the length is not all there yet. */
export const INCOMPLETE = -1;
/** What {@link frameLength} answers where the length field is malformed. */
export const MALFORMED = -2;

/**
 * The length in bytes of the packet that starts at `start`, fixed header included, or INCOMPLETE or MALFORMED. Only the fixed
 * header is looked at; the packet itself may still be on its way. [MQTT-2.2.3]
 */
export const frameLength = (bytes: Uint8Array, start: number, end: number): number => {
  let value = 0;
  let scale = 1;
  for (let i = 1; i <= 4; i++) {
    const at = start + i;
    if (at >= end) return INCOMPLETE;
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value + i + 1;
    scale *= 128;
  }
  return MALFORMED;
};

/** Where what follows the fixed header begins, of the packet that starts at `start` and whose length field is all there. [MQTT-2.2.3] */
export const bodyStart = (bytes: Uint8Array, start: number): number => {
  let body = start + 2;
  while ((bytes[body - 1] as number) >= 0x80) body++;
  return body;
};

/** Where a text ends that is told with its length before it, in two bytes at `at`. [MQTT-1.5.3] */
export const fieldEnd = (bytes: Uint8Array, at: number): number =>
  at + 2 + (((bytes[at] as number) << 8) | (bytes[at + 1] as number));

/** The number of bytes of the fixed header of a packet of `length` bytes as {@link frameLength} answers it. */
export const headerLength = (length: number): number => {
  if (length <= 0x7f + 2) return 2;
  if (length <= 0x3fff + 3) return 3;
  return length <= 0x1fffff + 4 ? 4 : 5;
};

/** The whole length of a PUBLISH with a topic and a body of so many bytes; QoS 1 adds a packet id of two bytes. */
export const publishLength = (topicBytes: number, bodyBytes: number, qos: 0 | 1): number => {
  const remaining = 2 + topicBytes + (qos === 1 ? 2 : 0) + bodyBytes;
  if (remaining > MAX_REMAINING_LENGTH) throw new RangeError(`a packet of ${remaining} bytes cannot be encoded`);
  return remaining + (remaining <= 0x7f ? 2 : remaining <= 0x3fff ? 3 : remaining <= 0x1fffff ? 4 : 5);
};

/**
 * Writes the fixed header and the topic's length field of a PUBLISH at `at` and returns the place where the topic goes. The
 * hot path's encoder: the caller then copies the topic, for QoS 1 two bytes of packet id, and the body. [MQTT-3.3.1]
 */
export const writePublishHeader = (
  out: Uint8Array,
  at: number,
  topicBytes: number,
  bodyBytes: number,
  qos: 0 | 1,
): number => {
  let remaining = 2 + topicBytes + (qos === 1 ? 2 : 0) + bodyBytes;
  let i = at;
  out[i++] = 0x30 | (qos << 1);
  do {
    const low = remaining & 0x7f;
    remaining >>>= 7;
    out[i++] = remaining > 0 ? low | 0x80 : low;
  } while (remaining > 0);
  out[i++] = topicBytes >>> 8;
  out[i++] = topicBytes & 0xff;
  return i;
};

/** One whole PUBLISH, for where speed does not matter. */
export const encodePublish = (topic: string, body: Uint8Array, qos: 0 | 1, packetId = 0): Uint8Array => {
  const topicBytes = Buffer.byteLength(topic);
  const out = Buffer.allocUnsafe(publishLength(topicBytes, body.length, qos));
  let at = writePublishHeader(out, 0, topicBytes, body.length, qos);
  at += out.write(topic, at);
  if (qos === 1) {
    out[at++] = packetId >>> 8;
    out[at++] = packetId & 0xff;
  }
  out.set(body, at);
  return out;
};
