import type { DeviceAddress } from "../domain/device.js";
import { parseUsername } from "../protocol/mqtt-credentials.js";
import { headerLength } from "../protocol/publish-packet.js";

/** The flags of a CONNECT that say which fields follow. [MQTT-3.1.2.3] */
const WILL = 0x04;
const USERNAME = 0x80;

/**
 * Whose CONNECT this is, by its user name, or null where it names no device. Nothing else of it is looked at: a null fan-out lets
 * everybody in. `packet` is one whole packet of MQTT 3.1.1. [MQTT-3.1]
 */
export const deviceOfConnect = (packet: Buffer): DeviceAddress | null => {
  let at = headerLength(packet.length);
  const field = (): Buffer | null => {
    if (at + 2 > packet.length) return null;
    const start = at + 2;
    const end = start + packet.readUInt16BE(at);
    at = end;
    return end > packet.length ? null : packet.subarray(start, end);
  };
  if (field() === null) return null; // the protocol's name
  const flags = packet[at + 1] ?? 0;
  at += 4; // level, flags, keepalive
  const before = flags & WILL ? 3 : 1; // client id, and the will's topic and message
  for (let i = 0; i < before; i++) if (field() === null) return null;
  const username = flags & USERNAME ? field() : null;
  return username === null ? null : parseUsername(username.toString("utf8"));
};
