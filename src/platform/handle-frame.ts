import { PACKET_TYPE, PINGRESP } from "../protocol/publish-packet.js";
import type { Broker } from "./broker.js";
import { closeConnection, writeTo } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { handleConnect } from "./handle-connect.js";
import { handlePublish } from "./handle-publish.js";
import { handleSubscribe, handleUnsubscribe } from "./handle-subscribe.js";

/** The one ending that is no fault: the device said goodbye. */
const GOODBYE = "disconnect";

/** One whole packet of a device; answers whether the connection is still to be read. */
export const handleFrame = (broker: Broker, connection: Connection, frame: Buffer): boolean => {
  if (connection.state === "waiting") {
    if (frame[0] === PACKET_TYPE.connect << 4) handleConnect(broker, connection, frame);
    else closeConnection(broker, connection, "not-connect", "destroy"); // [MQTT-3.1.0-1]
  } else if (connection.state === "online") {
    connection.since = broker.monotonicMs();
    const ending = handleOnline(broker, connection, frame);
    if (ending !== null) closeConnection(broker, connection, ending, ending === GOODBYE ? "end" : "destroy");
  }
  return connection.state === "online";
};

/**
 * A packet after login; answers why the connection ends, or null. The packets of two or four bytes are read here; the rest
 * goes through the parser, which checks the reserved bits as well.
 */
const handleOnline = (broker: Broker, connection: Connection, frame: Buffer): string | null => {
  switch (frame[0]) {
    case PACKET_TYPE.pingreq << 4:
      if (frame.length !== 2) return "malformed-packet";
      writeTo(broker, connection, PINGRESP);
      return null;
    case PACKET_TYPE.disconnect << 4:
      return frame.length === 2 ? GOODBYE : "malformed-packet";
    case PACKET_TYPE.puback << 4:
      if (frame.length !== 4) return "malformed-packet";
      connection.unacked?.delete(frame.readUInt16BE(2));
      return null;
    case PACKET_TYPE.connect << 4:
      return "second-connect"; // [MQTT-3.1.0-2]
    default:
      return handleParsed(broker, connection, frame);
  }
};

const handleParsed = (broker: Broker, connection: Connection, frame: Buffer): string | null => {
  const packet = broker.parsePacket(frame);
  switch (packet?.cmd) {
    case "publish":
      if (packet.qos > 0 && !isPacketId(packet.messageId)) return "malformed-packet";
      return handlePublish(broker, connection, packet);
    case "subscribe":
      if (!isPacketId(packet.messageId) || packet.subscriptions.length === 0) return "malformed-packet"; // [MQTT-3.8.3-3]
      handleSubscribe(broker, connection, packet);
      return null;
    case "unsubscribe":
      if (!isPacketId(packet.messageId) || packet.unsubscriptions.length === 0) return "malformed-packet"; // [MQTT-3.10.3-2]
      handleUnsubscribe(broker, connection, packet);
      return null;
    case undefined:
      return "malformed-packet";
    default:
      return "unexpected-packet"; // only a server may send it, or it belongs to QoS 2
  }
};

/** Zero is no packet id [MQTT-2.3.1-1], and the parser answers -1 where the packet is too short to hold one. */
const isPacketId = (messageId: number | undefined): boolean => messageId !== undefined && messageId > 0;
