import { isIPv6 } from "node:net";
import { IotbError } from "../domain/errors.js";
import { isAlibabaHost, isLoopbackHost, isPrivateHost } from "../domain/target-host.js";

/** How MQTT is carried; `mqtts` and `wss` are TLS. */
export type MqttProtocol = "mqtt" | "mqtts" | "ws" | "wss";

/** Where devices connect to. */
export type MqttEndpoint = {
  readonly protocol: MqttProtocol;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** The path of a WebSocket URL, `/mqtt` where absent; empty or absent elsewhere. */
  readonly path?: string;
};

const SCHEMES: Readonly<Record<string, MqttProtocol>> = {
  "mqtt:": "mqtt",
  "tcp:": "mqtt",
  "mqtts:": "mqtts",
  "ssl:": "mqtts",
  "ws:": "ws",
  "wss:": "wss",
};

/** A host name has at most 253 characters [RFC 1035, 2.3.4]; scheme, port and path come on top. */
const MAX_LENGTH = 300;

/**
 * Reads an endpoint: a URL, or a host with or without a port; `port` fills in where it names none. Without a scheme, TLS is
 * used on 443 and 8883 and towards public hosts, plain MQTT on 1883 and towards loopback and private ones. Throws `usage`.
 */
export const parseMqttEndpoint = (text: string, port: number | null): MqttEndpoint => {
  const given = text.trim();
  // The text may hold a password, which may keep it from being a URL at all: it is not shown.
  if (given.includes("@")) {
    throw new IotbError("usage", "an MQTT URL with a user or a password in it", {
      hint: "devices sign with their triplets: leave user and password out of the URL",
    });
  }
  if (given.length > MAX_LENGTH) throw refuse(`${given.slice(0, 40)}…`);
  return given.includes("://") ? parseUrl(given, port) : parseHost(given, port);
};

/** Whether an endpoint is TLS, which a device also states in its client id as securemode 2. */
export const isTls = ({ protocol }: MqttEndpoint): boolean => protocol === "mqtts" || protocol === "wss";

/** An endpoint as a URL, for messages and ready lines. */
export const formatMqttEndpoint = ({ protocol, host, port, path }: MqttEndpoint): string =>
  `${protocol}://${isIPv6(host) ? `[${host}]` : host}:${port}${path ?? ""}`;

const parseUrl = (text: string, port: number | null): MqttEndpoint => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const scheme = SCHEMES[url?.protocol ?? ""];
  if (url === null || scheme === undefined || url.hostname === "") throw refuse(text);
  const isWeb = scheme === "ws" || scheme === "wss";
  if (url.search !== "" || url.hash !== "" || (!isWeb && url.pathname !== "" && url.pathname !== "/"))
    throw refuse(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // The URL parser drops a port that is the scheme's own, which is so for ws and wss.
  const own = url.port === "" ? writtenPort(text) : Number(url.port);
  if (own === 0) throw refuse(text);
  const path = isWeb ? (url.pathname === "/" ? "/mqtt" : url.pathname) : "";
  return { protocol: scheme, host, port: own ?? port ?? defaultPort(scheme, host), path };
};

const parseHost = (text: string, port: number | null): MqttEndpoint => {
  const match = isIPv6(text)
    ? [text, text]
    : /^(\[[0-9a-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?)(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1]?.replace(/^\[|\]$/g, "") ?? "";
  const own = match?.[2] === undefined ? null : Number(match[2]);
  if (host === "" || own === 0 || (own ?? 1) > 65_535 || (host.includes(":") && !isIPv6(host))) throw refuse(text);
  const wanted = own ?? port;
  const secure =
    wanted === 443 || wanted === 8883 || (wanted !== 1883 && !isLoopbackHost(host) && !isPrivateHost(host));
  const scheme = secure ? "mqtts" : "mqtt";
  return { protocol: scheme, host, port: wanted ?? (secure ? 443 : 1883), path: "" };
};

const writtenPort = (text: string): number | null => {
  const match = /^[^/]*\/\/[^/]*:(\d+)(?:\/|$)/.exec(text);
  return match === null ? null : Number(match[1]);
};

const defaultPort = (scheme: MqttProtocol, host: string): number => {
  if (scheme === "mqtt") return 1883;
  if (scheme === "ws") return 80;
  return scheme === "wss" || isAlibabaHost(host) ? 443 : 8883;
};

const refuse = (text: string): IotbError =>
  new IotbError("usage", `${JSON.stringify(text)} is not an MQTT endpoint`, {
    hint: "write it like 127.0.0.1, mqtt://127.0.0.1:1883 or mqtts://iot-xxxx.mqtt.iothub.aliyuncs.com:443",
  });
