import { generate, type IConnackPacket } from "mqtt-packet";
import type { ReturnCode } from "./authenticate.js";
import type { PlatformLimits } from "./platform-limits.js";
import { connackReason, REASON } from "./reason-codes.js";

/** The protocol level of a CONNECT: 3 is MQTT 3.1, 4 is 3.1.1. */
export type ProtocolLevel = 3 | 4 | 5;

/** What a login was granted; an interval is stated where it is not what the device asked for. */
export type Grant = {
  readonly sessionPresent: boolean;
  readonly serverKeepAlive: number | null;
  readonly sessionExpirySeconds: number | null;
};

/** A CONNACK that welcomes. MQTT 5 is told what is not offered. [MQTT-3.2.2-2] [MQTT5-3.2.2.3] */
export const encodeWelcome = (level: ProtocolLevel, grant: Grant, limits: PlatformLimits): Uint8Array => {
  // the byte that says "session present" is reserved in MQTT 3.1
  if (level !== 5) return Uint8Array.of(0x20, 0x02, level === 4 && grant.sessionPresent ? 1 : 0, 0);
  const properties: NonNullable<IConnackPacket["properties"]> = {
    receiveMaximum: limits.upstreamUnacked,
    maximumQoS: 1,
    retainAvailable: false,
    maximumPacketSize: limits.maxPacketBytes,
    topicAliasMaximum: 0,
    subscriptionIdentifiersAvailable: false,
    sharedSubscriptionAvailable: false,
    ...(grant.serverKeepAlive === null ? {} : { serverKeepAlive: grant.serverKeepAlive }),
    ...(grant.sessionExpirySeconds === null ? {} : { sessionExpiryInterval: grant.sessionExpirySeconds }),
  };
  const { sessionPresent } = grant;
  return generate({ cmd: "connack", reasonCode: REASON.success, sessionPresent, properties }, { protocolVersion: 5 });
};

/** A CONNACK that refuses. [MQTT-3.2.2-4] */
export const encodeRefusal = (level: ProtocolLevel, returnCode: ReturnCode): Uint8Array =>
  level === 5 ? encodeReason(connackReason(returnCode)) : Uint8Array.of(0x20, 0x02, 0, returnCode);

/** An MQTT 5 CONNACK with a reason that 3.1.1 has no code for. */
export const encodeReason = (reason: number): Uint8Array => Uint8Array.of(0x20, 0x03, 0, reason, 0);
