import type { IConnectPacket } from "mqtt-packet";
import { isPasswordForm, parseClientId, parseUsername, verifyPassword } from "../protocol/mqtt-credentials.js";
import { type DeviceRecord, type DeviceTable, findDevice } from "./device-table.js";
import type { PlatformLimits } from "./platform-limits.js";
import type { Quotas } from "./quotas.js";

/** CONNACK return codes of MQTT 3.1.1 that refuse. [CONNACK return codes] */
export type ReturnCode = 1 | 2 | 3 | 4 | 5;

/** The part of a CONNECT that a login is decided by. */
export type LoginRequest = Pick<IConnectPacket, "clientId" | "keepalive" | "username" | "password">;

/** What becomes of a CONNECT: the device, or a CONNACK return code and a name to count it under. */
export type Verdict =
  | { readonly device: DeviceRecord; readonly keepAliveSeconds: number }
  | { readonly device: null; readonly returnCode: ReturnCode; readonly reason: string };

/** The name that a login of a device which is not there is counted under. */
export const UNKNOWN_DEVICE = "unknown-device";

const refuse = (returnCode: ReturnCode, reason: string): Verdict => ({ device: null, returnCode, reason });

/**
 * Whether a device may log in. The return codes are documented; which of two faults is answered first is not, so they are
 * looked for in the order of their codes. [CONNACK return codes] [Establish MQTT connections over TCP]
 */
export const authenticate = (
  packet: LoginRequest,
  devices: DeviceTable,
  limits: PlatformLimits,
  quotas: Quotas,
): Verdict => {
  const clientId = parseClientId(packet.clientId);
  if (clientId === null) return refuse(2, "malformed-client-id");
  const keepAlive = packet.keepalive ?? 0;
  if (keepAlive < limits.minKeepAliveSeconds) return refuse(3, "keepalive-too-short");
  const address = parseUsername(packet.username ?? "");
  const password = packet.password?.toString("latin1") ?? "";
  if (address === null || !isPasswordForm(password, clientId.method)) return refuse(4, "malformed-login");
  const device = findDevice(devices, address);
  if (device === null) return refuse(5, UNKNOWN_DEVICE);
  // Attempts with a wrong signature count as well (inferred). [Limits: connection requests]
  if (!quotas.takeConnect(device)) return refuse(3, "connect-rate");
  if (!verifyPassword(device, clientId, password)) return refuse(5, "wrong-signature");
  if (device.disabled) return refuse(5, "disabled-device");
  return { device, keepAliveSeconds: Math.min(keepAlive, limits.maxKeepAliveSeconds) };
};
