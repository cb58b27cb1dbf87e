import { type Packet, parser } from "mqtt-packet";

/** Reads one whole packet of MQTT 3.1 or 3.1.1 (4) or 5, or answers null where it is malformed. */
export type PacketParser = (frame: Buffer, protocol: 4 | 5) => Packet | null;

/**
 * One parser a version for all connections of a process: each is handed whole packets only, so nothing of one connection stays in
 * it. The library's parser takes over the protocol version of every CONNECT it reads: callers hand each the ones of its own.
 */
export const createPacketParser = (): PacketParser => {
  const parse4 = createVersionParser(4);
  const parse5 = createVersionParser(5);
  return (frame, protocol) => (protocol === 4 ? parse4(frame) : parse5(frame));
};

const createVersionParser = (protocolVersion: 4 | 5): ((frame: Buffer) => Packet | null) => {
  let parsed: Packet | null = null;
  let failed = false;
  const create = () => {
    const fresh = parser({ protocolVersion });
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
