import { encodePublish, headerLength } from "../protocol/publish-packet.js";
import { KICK_NOTICE, NOTIFY_TOPIC } from "../protocol/topics.js";
import { authenticate } from "./authenticate.js";
import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import type { Connection } from "./connection.js";
import type { DeviceRecord } from "./device-table.js";
import { enterOnline } from "./presence.js";

const KICK_PACKET = encodePublish(NOTIFY_TOPIC, Buffer.from(KICK_NOTICE), 0);

/** After 1.5 times the keep-alive without a packet the server must close. [MQTT-3.1.2-24] */
const KEEP_ALIVE_GRACE = 1.5;

/** What the protocol name and level of a CONNECT mean: go on, answer "unacceptable version", or close without an answer. */
const protocolOf = (frame: Buffer): "known" | "other-version" | "not-mqtt" => {
  const start = headerLength(frame.length);
  if (frame[start] !== 0) return "not-mqtt"; // the high byte of the name's length
  const end = start + 2 + (frame[start + 1] ?? 0);
  const name = frame.toString("latin1", start + 2, end);
  const level = frame[end];
  if ((name !== "MQTT" && name !== "MQIsdp") || level === undefined) return "not-mqtt";
  return (name === "MQTT" && level === 4) || (name === "MQIsdp" && level === 3) ? "known" : "other-version";
};

/** A connection's first packet. [MQTT-3.1.0-1] Will and clean session are ignored: the platform keeps neither on 3.1.1. */
export const handleConnect = (broker: Broker, connection: Connection, frame: Buffer): void => {
  const protocol = protocolOf(frame);
  const packet = protocol === "known" ? broker.parsePacket(frame) : null;
  if (protocol === "other-version") {
    refuse(broker, connection, 1, "unacceptable-version"); // [MQTT-3.1.2-2]
  } else if (packet?.cmd !== "connect") {
    closeConnection(broker, connection, "malformed-packet", "destroy");
  } else {
    const verdict = authenticate(packet, broker.devices, broker.limits, broker.quotas);
    if (verdict.device === null) refuse(broker, connection, verdict.returnCode, verdict.reason);
    else logIn(broker, connection, verdict.device, verdict.keepAliveSeconds);
  }
};

const answer = (connection: Connection, returnCode: number): void => {
  connection.socket.write(Uint8Array.of(0x20, 0x02, 0x00, returnCode)); // never a session of before [MQTT-3.2.2-1]
};

const refuse = (broker: Broker, connection: Connection, returnCode: number, reason: string): void => {
  answer(connection, returnCode);
  closeConnection(broker, connection, reason, "end");
};

/** The newer connection of a device wins. [Device log: Kicked by the same device] */
const logIn = (broker: Broker, connection: Connection, device: DeviceRecord, keepAliveSeconds: number): void => {
  const older = device.connection;
  if (older !== null) {
    older.socket.write(KICK_PACKET);
    closeConnection(broker, older, "kicked", "end");
  }
  connection.state = "online";
  connection.since = broker.monotonicMs();
  connection.patienceMs = keepAliveSeconds * 1000 * KEEP_ALIVE_GRACE;
  connection.maxFrameBytes = broker.limits.maxPacketBytes;
  enterOnline(broker.devices, connection, device, broker.unixMs());
  broker.counters.online += 1;
  broker.counters.connects += 1;
  answer(connection, 0);
};
