import type { IConnectPacket } from "mqtt-packet";
import type { Mqtt5Terms } from "./connection.js";
import type { PlatformLimits } from "./platform-limits.js";
import { REASON } from "./reason-codes.js";

/** The session expiry interval that means "never". [MQTT5-3.1.2.11.2] */
const NEVER = 0xffff_ffff;

/** What an MQTT 5 CONNECT asks for that is not offered: a reason code and the name it is counted under, or null. */
export const termsRefusal = (
  { properties = {}, will }: IConnectPacket,
  limits: PlatformLimits,
): { readonly code: number; readonly reason: string } | null => {
  if (properties.authenticationMethod !== undefined) {
    return { code: REASON.badAuthentication, reason: "authentication-method" }; // [MQTT5-4.12.0-1]
  }
  if (will?.qos === 2) return { code: REASON.qosNotSupported, reason: "will-qos-2" }; // [MQTT5-3.2.2-12]
  if (will?.retain) return { code: REASON.retainNotSupported, reason: "will-retain" }; // [MQTT5-3.2.2-13]
  if ((properties.maximumPacketSize ?? NEVER) < limits.minClientPacketBytes) {
    return { code: REASON.packetTooLarge, reason: "client-packet-size" };
  }
  return null;
};

/** What an MQTT 5 CONNECT states about what the device takes. */
export const termsOf = ({ properties = {} }: IConnectPacket): Mqtt5Terms => ({
  receiveMaximum: properties.receiveMaximum ?? 0xffff,
  maxPacketBytes: properties.maximumPacketSize ?? Number.POSITIVE_INFINITY,
});

/**
 * How long the session is to outlive its connection, ms. On 3.1.1 a session that is not clean stays as long as the platform keeps
 * any; on 5 as long as was asked for, at most that. [MQTT-3.1.2-4] [MQTT5-3.1.2-23]
 */
export const sessionLifetime = (
  { protocolVersion, clean, properties = {} }: IConnectPacket,
  { sessionKeepMs }: PlatformLimits,
): number => {
  if (protocolVersion !== 5) return clean === false ? sessionKeepMs : 0;
  return expiryLifetime(properties.sessionExpiryInterval ?? 0, sessionKeepMs);
};

/** A session expiry interval, s, as ms and cut to what is kept. */
export const expiryLifetime = (seconds: number, sessionKeepMs: number): number =>
  seconds === NEVER ? sessionKeepMs : Math.min(seconds * 1000, sessionKeepMs);
