import { createHmac, timingSafeEqual } from "node:crypto";
import type { DeviceAddress, DeviceTriplet } from "../domain/device.js";

/** The hash a device signs its login with. `hmacmd5` is what the platform assumes when a client id names none. */
export type SignMethod = "hmacmd5" | "hmacsha1" | "hmacsha256";

/** Every sign method with its hash as `node:crypto` names it, and the length of its hex digest. */
const HASHES: Readonly<Record<SignMethod, { readonly hash: string; readonly hexLength: number }>> = {
  hmacmd5: { hash: "md5", hexLength: 32 },
  hmacsha1: { hash: "sha1", hexLength: 40 },
  hmacsha256: { hash: "sha256", hexLength: 64 },
};

/** The sign methods, for a flag's choices. */
export const SIGN_METHODS = Object.keys(HASHES) as readonly SignMethod[];

/** Whether a text names a sign method. */
export const isSignMethod = (text: string): text is SignMethod => Object.hasOwn(HASHES, text);

/** What goes into an MQTT CONNECT. */
export type MqttCredentials = { readonly clientId: string; readonly username: string; readonly password: string };

/** How a device signs. */
export type SignOptions = {
  readonly method: SignMethod;
  /** 2 is TLS, 3 plain TCP. */
  readonly secureMode: 2 | 3;
  /** The free part of the client id, at most 64 characters; `<productKey>.<deviceName>` cut to that where absent. */
  readonly base?: string;
  /** Milliseconds since 1970, as text; the short form without it where absent. Not checked for freshness. */
  readonly timestamp?: string;
};

/** The platform's limit for the free part of a client id, in characters. */
const MAX_BASE_LENGTH = 64;

/** Signs a device's login. [Establish MQTT connections over TCP: clientId, username, password] */
export const signConnect = (triplet: DeviceTriplet, options: SignOptions): MqttCredentials => {
  const base = options.base ?? `${triplet.productKey}.${triplet.deviceName}`.slice(0, MAX_BASE_LENGTH);
  const stamp = options.timestamp === undefined ? "" : `,timestamp=${options.timestamp}`;
  return {
    clientId: `${base}|securemode=${options.secureMode},signmethod=${options.method}${stamp}|`,
    username: `${triplet.deviceName}&${triplet.productKey}`,
    password: connectPassword(triplet, options.method, base, options.timestamp),
  };
};

/** The signature itself, lower-case hex. Keys in alphabetical order, each followed by its value, nothing between them. */
export const connectPassword = (
  { productKey, deviceName, deviceSecret }: DeviceTriplet,
  method: SignMethod,
  base: string | undefined,
  timestamp: string | undefined,
): string => {
  const client = base === undefined ? "" : `clientId${base}`;
  const stamp = timestamp === undefined ? "" : `timestamp${timestamp}`;
  return createHmac(HASHES[method].hash, deviceSecret)
    .update(`${client}deviceName${deviceName}productKey${productKey}${stamp}`)
    .digest("hex");
};

/** A device's client id on a plain broker. */
export const plainClientId = (prefix: string, { deviceName }: DeviceAddress): string => prefix + deviceName;

/** A client id taken apart. */
export type ParsedClientId = {
  readonly base: string;
  readonly method: SignMethod;
  readonly timestamp: string | null;
  /** All parameters between the bars, as sent. */
  readonly parameters: ReadonlyMap<string, string>;
};

/**
 * Takes a client id `<base>|k=v,…|` apart, or returns null where the platform answers "identifier rejected": no `|…|`
 * section, a free part over 64 characters, a parameter that is no `k=v`, an unknown sign method. Keys come in any order,
 * unknown ones are allowed, and so are blanks and line ends around them and a trailing comma: real clients send all of these.
 */
export const parseClientId = (clientId: string): ParsedClientId | null => {
  const bar = clientId.indexOf("|");
  if (bar < 0 || bar === clientId.length - 1 || !clientId.endsWith("|") || bar > MAX_BASE_LENGTH) return null;
  const parameters = new Map<string, string>();
  for (const part of clientId.slice(bar + 1, -1).split(",")) {
    const text = part.trim();
    if (text === "") continue;
    const equals = text.indexOf("=");
    if (equals <= 0) return null;
    parameters.set(text.slice(0, equals).trim(), text.slice(equals + 1).trim());
  }
  const named = (parameters.get("signmethod") ?? "hmacmd5").toLowerCase();
  const method = named === "sha256" ? "hmacsha256" : named; // seen in third-party clients
  if (!isSignMethod(method)) return null;
  return { base: clientId.slice(0, bar), method, timestamp: parameters.get("timestamp") ?? null, parameters };
};

/** Takes a user name `<deviceName>&<productKey>` apart, or returns null. */
export const parseUsername = (username: string): DeviceAddress | null => {
  const match = /^([^&/]+)&([^&/]+)$/.exec(username);
  return match ? { deviceName: match[1] ?? "", productKey: match[2] ?? "" } : null;
};

/** Whether a password has the form of a signature by `method`: hex of the hash's length, in either case. */
export const isPasswordForm = (password: string, method: SignMethod): boolean =>
  password.length === HASHES[method].hexLength && /^[0-9a-fA-F]+$/.test(password);

/** Whether `password` is what the device of `triplet` signs for this client id. Compared in constant time. */
export const verifyPassword = (triplet: DeviceTriplet, clientId: ParsedClientId, password: string): boolean => {
  const wanted = Buffer.from(connectPassword(triplet, clientId.method, clientId.base, clientId.timestamp ?? undefined));
  const given = Buffer.from(password.toLowerCase());
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};
