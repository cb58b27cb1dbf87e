import type { IConnectPacket } from "mqtt-packet";
import { headerLength } from "../protocol/publish-packet.js";
import { authenticate, UNKNOWN_DEVICE, type Verdict } from "./authenticate.js";
import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import { encodeReason, encodeRefusal, encodeWelcome, type ProtocolLevel } from "./connack.js";
import { sessionLifetime, termsOf, termsRefusal } from "./connect-terms.js";
import type { Connection } from "./connection.js";
import type { DeviceRecord } from "./device-table.js";
import type { HubLink } from "./hub-link.js";
import { kickOlder } from "./kick-older.js";
import { packetFault } from "./packet-rules.js";
import { enterOnline } from "./presence.js";
import { pumpSession } from "./pump-session.js";
import { createSession } from "./session.js";
import { dropSession, resumeSession } from "./session-store.js";

/** After 1.5 times the keep-alive without a packet the server must close. [MQTT-3.1.2-24] */
const KEEP_ALIVE_GRACE = 1.5;

/** The name that a login which is refused on request is counted under. */
export const FAULT_REFUSED = "fault-refused";

/** The protocol level of a CONNECT, or how to say no: in the words of 3.1.1, in those of 5, or not at all. */
const levelOf = (frame: Buffer): ProtocolLevel | "older" | "newer" | "not-mqtt" => {
  const start = headerLength(frame.length);
  if (frame[start] !== 0) return "not-mqtt"; // the high byte of the name's length
  const end = start + 2 + (frame[start + 1] ?? 0);
  const name = frame.toString("latin1", start + 2, end);
  const level = frame[end];
  if ((name !== "MQTT" && name !== "MQIsdp") || level === undefined) return "not-mqtt";
  if (name === "MQIsdp") return level === 3 ? 3 : "older";
  if (level === 4 || level === 5) return level;
  return level > 5 ? "newer" : "older";
};

/** Goes on reading a connection that was held up at its CONNECT. */
type GoOn = (broker: Broker, connection: Connection) => void;

/** A connection's first packet. [MQTT-3.1.0-1] A will is ignored: the platform has none. [MQTT protocol: unsupported] */
export const handleConnect = (broker: Broker, connection: Connection, frame: Buffer, goOn: GoOn): void => {
  const level = levelOf(frame);
  if (level === "not-mqtt") {
    closeConnection(broker, connection, "malformed-packet", "destroy"); // [MQTT-3.1.2-1]
  } else if (level === "older" || level === "newer") {
    const answer = encodeRefusal(level === "newer" ? 5 : 4, 1); // [MQTT-3.1.2-2] [MQTT5-3.1.2-2]
    refuse(broker, connection, answer, "unacceptable-version");
  } else {
    const protocol = level === 5 ? 5 : 4;
    const fault = packetFault(frame, protocol);
    const packet = fault === null ? broker.parsePacket(frame, protocol) : null;
    if (packet?.cmd === "connect") answerConnect(broker, connection, packet, level, goOn);
    else closeConnection(broker, connection, fault ?? "malformed-packet", "destroy"); // [MQTT-3.1.4-1]
  }
};

const answerConnect = (
  broker: Broker,
  connection: Connection,
  packet: IConnectPacket,
  level: ProtocolLevel,
  goOn: GoOn,
): void => {
  const { hub } = broker;
  const refusal = level === 5 ? termsRefusal(packet, broker.limits) : null;
  if (hub !== undefined && refusal === null) {
    askHub(broker, hub, connection, packet, level, goOn);
    return;
  }
  const verdict = authenticate(packet, broker.devices, broker.limits, broker.quotas);
  if (refusal !== null) refuse(broker, connection, encodeReason(refusal.code), refusal.reason);
  else follow(broker, connection, packet, level, verdict);
};

/** Does what a verdict says. */
const follow = (
  broker: Broker,
  connection: Connection,
  packet: IConnectPacket,
  level: ProtocolLevel,
  verdict: Verdict,
): void => {
  if (verdict.device === null) {
    refuse(broker, connection, encodeRefusal(level, verdict.returnCode), verdict.reason);
  } else if (broker.refusesLogin?.(verdict.device)) {
    refuse(broker, connection, encodeRefusal(level, 3), FAULT_REFUSED);
  } else {
    logIn(broker, connection, verdict.device, verdict.keepAliveSeconds, packet, level);
  }
};

/**
 * A login where another process knows all devices: that of a device which is held here goes on at once, any other waits for it.
 * Meanwhile nothing is read; what came along with the CONNECT is kept, and the time for a login runs.
 */
const askHub = (
  broker: Broker,
  hub: HubLink,
  connection: Connection,
  packet: IConnectPacket,
  level: ProtocolLevel,
  goOn: GoOn,
): void => {
  if (!hub.decidesLogins) {
    const verdict = authenticate(packet, broker.devices, broker.limits, broker.quotas);
    if (verdict.device !== null || verdict.reason !== UNKNOWN_DEVICE) {
      follow(broker, connection, packet, level, verdict);
      return;
    }
  }
  connection.held = [];
  connection.socket.pause();
  const isWanted = (): boolean => connection.state === "waiting"; // or it has ended meanwhile
  hub.claim(packet, {
    keepSession: packet.clean === false,
    isWanted,
    answer: (verdict) => {
      if (!isWanted()) return;
      follow(broker, connection, packet, level, verdict);
      goOn(broker, connection);
    },
  });
};

const refuse = (broker: Broker, connection: Connection, answer: Uint8Array, reason: string): void => {
  connection.socket.write(answer);
  closeConnection(broker, connection, reason, "end"); // [MQTT-3.2.2-5]
};

const logIn = (
  broker: Broker,
  connection: Connection,
  device: DeviceRecord,
  keepAliveSeconds: number,
  packet: IConnectPacket,
  level: ProtocolLevel,
): void => {
  const { limits, sessions } = broker;
  const now = broker.monotonicMs();
  if (device.connection !== null) kickOlder(broker, device.connection);
  if (packet.clean !== false) dropSession(sessions, device); // [MQTT-3.1.2-6] [MQTT5-3.1.2-4]
  const resumed = resumeSession(sessions, device, now);
  const lifetimeMs = sessionLifetime(packet, limits);
  if (resumed !== null) resumed.lifetimeMs = lifetimeMs;
  connection.session = resumed ?? (lifetimeMs > 0 ? createSession(lifetimeMs) : null);
  connection.subscriptions = connection.session?.subscriptions ?? null;
  connection.terms = level === 5 ? termsOf(packet) : null;
  connection.state = "online";
  connection.since = now;
  connection.patienceMs = keepAliveSeconds * 1000 * KEEP_ALIVE_GRACE;
  connection.maxFrameBytes = limits.maxPacketBytes;
  enterOnline(broker.devices, connection, device, broker.unixMs());
  broker.hub?.presence(device);
  broker.counters.online += 1;
  broker.counters.connects += 1;
  const asked = packet.properties?.sessionExpiryInterval ?? 0;
  const grant = {
    sessionPresent: resumed !== null,
    serverKeepAlive: keepAliveSeconds === packet.keepalive ? null : keepAliveSeconds, // [MQTT5-3.2.2-21]
    sessionExpirySeconds: asked * 1000 === lifetimeMs ? null : Math.floor(lifetimeMs / 1000),
  };
  connection.socket.write(encodeWelcome(level, grant, limits));
  pumpSession(broker, connection);
};
