import { IotbError } from "../domain/errors.js";

/** How MQTT is carried; `mqtts` and `wss` are TLS. */
export type MqttProtocol = "mqtt" | "mqtts" | "ws" | "wss";

/** Where MQTT is spoken. `host` is a name or an address, IPv6 without brackets. */
export type MqttEndpoint = { readonly protocol: MqttProtocol; readonly host: string; readonly port: number };

/** The port of a scheme where none is given. */
const DEFAULT_PORTS: Readonly<Record<MqttProtocol, number>> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 };

/** Whether an endpoint is TLS, which a device also states in its client id as securemode 2. */
export const isTls = ({ protocol }: MqttEndpoint): boolean => protocol === "mqtts" || protocol === "wss";

/** An endpoint as a URL, for messages and ready lines. */
export const formatMqttEndpoint = ({ protocol, host, port }: MqttEndpoint): string =>
  `${protocol}://${host.includes(":") ? `[${host}]` : host}:${port}`;

const refuse = (why: string): never => {
  // the text itself is not repeated: it may hold a password
  throw new IotbError("usage", `not an MQTT endpoint: ${why}`, {
    hint: "give HOST, HOST:PORT or a mqtt://, mqtts://, ws:// or wss:// URL without path or user; IPv6 in brackets",
  });
};

const isProtocol = (text: string): text is MqttProtocol => Object.hasOwn(DEFAULT_PORTS, text);

const parsePort = (text: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : refuse("the port must be 1 to 65535");
};

const parseHost = (text: string): string => {
  if (text.startsWith("[")) {
    const address = text.slice(1, -1);
    if (!text.endsWith("]") || !/^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[\w.-]+)?$/.test(address)) refuse("bad IPv6 address");
    return address;
  }
  // letters of any script: the resolver knows better than a pattern what names exist
  if (text === "" || text.length > 253 || !/^[\p{L}\p{N}._-]+$/u.test(text)) refuse("bad host name");
  return text;
};

/**
 * Reads `HOST`, `HOST:PORT` or a URL of one of the four schemes; a bare host means `mqtt`. Where the text names no port,
 * `defaultPort` counts, and where that is null the scheme's own. A URL with user, path, query or fragment is refused: the
 * login is signed and the WebSocket path fixed. Throws `IotbError` "usage".
 */
export const parseMqttEndpoint = (text: string, defaultPort: number | null): MqttEndpoint => {
  const url = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s.exec(text.trim());
  const protocol = url ? (url[1] ?? "").toLowerCase() : "mqtt";
  if (!isProtocol(protocol)) return refuse("the scheme must be mqtt, mqtts, ws or wss");
  const authority = url ? (url[2] ?? "").replace(/\/$/, "") : text.trim();
  if (authority.includes("@")) refuse("it holds a user name or password");
  if (/[/?#]/.test(authority)) refuse("it holds a path");
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(authority);
  if (!parts) return refuse("an IPv6 address must be in brackets");
  const port = parts[2] === undefined ? (defaultPort ?? DEFAULT_PORTS[protocol]) : parsePort(parts[2]);
  return { protocol, host: parseHost(parts[1] ?? ""), port };
};
