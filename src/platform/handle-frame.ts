import type { IDisconnectPacket } from "mqtt-packet";
import { PACKET_TYPE, PINGRESP } from "../protocol/publish-packet.js";
import type { Broker } from "./broker.js";
import { closeConnection, writeTo } from "./close-connection.js";
import { expiryLifetime } from "./connect-terms.js";
import type { Connection } from "./connection.js";
import { handleConnect } from "./handle-connect.js";
import { handlePublish } from "./handle-publish.js";
import { handleSubscribe, handleUnsubscribe } from "./handle-subscribe.js";
import { packetFault } from "./packet-rules.js";
import { acknowledge } from "./pump-session.js";
import { ensureSession } from "./session-store.js";

/** The one ending that is no fault: the device said goodbye. */
const GOODBYE = "disconnect";

/** One whole packet of a device; answers whether the connection is still to be read. */
export const handleFrame = (broker: Broker, connection: Connection, frame: Buffer): boolean => {
  if (connection.held !== null) {
    holdFrame(broker, connection, connection.held, frame);
  } else if (connection.state === "waiting") {
    if (frame[0] === PACKET_TYPE.connect << 4) handleConnect(broker, connection, frame, replayHeld);
    else closeConnection(broker, connection, "not-connect", "destroy"); // [MQTT-3.1.0-1]
  } else if (connection.state === "online") {
    connection.since = broker.monotonicMs();
    const ending = handleOnline(broker, connection, frame);
    if (ending !== null) closeConnection(broker, connection, ending, ending === GOODBYE ? "end" : "destroy");
  }
  return connection.state === "online" || connection.held !== null;
};

/** Keeps a packet that came in one piece with the CONNECT before it: as much as any connection may send before its login. */
const holdFrame = (broker: Broker, connection: Connection, held: Buffer[], frame: Buffer): void => {
  const bytes = held.reduce((sum, { length }) => sum + length, frame.length);
  if (bytes > broker.limits.maxPreAuthBytes) closeConnection(broker, connection, "packet-too-large", "destroy");
  else held.push(Buffer.from(frame));
};

/** Goes on with a connection whose login was decided. */
const replayHeld = (broker: Broker, connection: Connection): void => {
  const held = connection.held ?? [];
  connection.held = null;
  for (const frame of held) if (!handleFrame(broker, connection, frame)) break;
  connection.socket.resume();
};

/**
 * A packet after login; answers why the connection ends, or null. The packets of two or four bytes are read here; the rest
 * goes through the parser, which checks the reserved bits as well.
 */
const handleOnline = (broker: Broker, connection: Connection, frame: Buffer): string | null => {
  switch (frame[0]) {
    case PACKET_TYPE.pingreq << 4:
      if (frame.length !== 2) return "malformed-packet";
      writeTo(broker, connection, PINGRESP); // [MQTT-3.12.4-1]
      return null;
    case PACKET_TYPE.disconnect << 4:
      if (frame.length === 2) return GOODBYE; // [MQTT-3.14.4-1]
      return connection.terms === null ? "malformed-packet" : handleParsed(broker, connection, frame);
    case PACKET_TYPE.puback << 4:
      if (frame.length !== 4) {
        return connection.terms === null ? "malformed-packet" : handleParsed(broker, connection, frame);
      }
      acknowledge(broker, connection, frame.readUInt16BE(2));
      return null;
    case PACKET_TYPE.connect << 4:
      return "second-connect"; // [MQTT-3.1.0-2]
    default:
      return handleParsed(broker, connection, frame);
  }
};

const handleParsed = (broker: Broker, connection: Connection, frame: Buffer): string | null => {
  const protocol = connection.terms === null ? 4 : 5;
  const fault = packetFault(frame, protocol);
  if (fault !== null) return fault;
  const packet = broker.parsePacket(frame, protocol);
  switch (packet?.cmd) {
    case "publish":
      return handlePublish(broker, connection, packet);
    case "subscribe":
      return handleSubscribe(broker, connection, packet);
    case "unsubscribe":
      return handleUnsubscribe(broker, connection, packet);
    case "puback":
      acknowledge(broker, connection, packet.messageId ?? 0);
      return null;
    case "disconnect":
      return handleGoodbye(broker, connection, packet);
    case undefined:
      return "malformed-packet";
    default:
      return "unexpected-packet"; // only a server may send it, or it belongs to QoS 2
  }
};

/** A DISCONNECT may change how long the session stays, but not make one stay that was to end. [MQTT5-3.14.2.2.2] */
const handleGoodbye = (broker: Broker, connection: Connection, packet: IDisconnectPacket): string => {
  const asked = packet.properties?.sessionExpiryInterval;
  if (asked === undefined) return GOODBYE;
  if (asked > 0 && (connection.session?.lifetimeMs ?? 0) === 0) return "protocol-error";
  ensureSession(connection).lifetimeMs = expiryLifetime(asked, broker.limits.sessionKeepMs);
  return GOODBYE;
};
