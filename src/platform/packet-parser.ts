import { type Packet, parser } from "mqtt-packet";

/** Reads one whole MQTT 3.1 or 3.1.1 packet, or answers null where it is malformed. */
export type PacketParser = (frame: Buffer) => Packet | null;

/**
 * One parser for all connections of a process: it is handed whole packets only, so nothing of one connection stays in it. The
 * library's parser takes over the protocol version of every CONNECT it reads: callers keep versions other than 3 and 4 away.
 */
export const createPacketParser = (): PacketParser => {
  let parsed: Packet | null = null;
  let failed = false;
  const create = () => {
    const fresh = parser({ protocolVersion: 4 });
    fresh.on("packet", (packet) => {
      parsed = packet;
    });
    fresh.on("error", () => {
      failed = true;
    });
    return fresh;
  };
  let current = create();
  return (frame) => {
    parsed = null;
    failed = false;
    try {
      if (current.parse(frame) !== 0) failed = true;
    } catch {
      failed = true; // a length inside the packet that points outside it
    }
    if (!failed) return parsed;
    current = create();
    return null;
  };
};
