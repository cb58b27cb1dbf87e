import type { ClosedBy } from "../domain/broadcast.js";
import { reasonOf } from "../domain/errors.js";
import { SCENARIO_REASON } from "../domain/scenario.js";
import type { MqttEndpoint } from "../protocol/mqtt-endpoint.js";
import { formatMqttEndpoint } from "../protocol/mqtt-endpoint.js";
import type { DeviceLogin } from "./engine-options.js";

/**
 * Why a connection is over. Before it was online an ending becomes a refusal (`reason`, `text`, `final`), afterwards an offline
 * notice (`reason`, `closedBy`); `PresenceGate` decides which.
 */
export type Ending = {
  /** Short and stable: counts are kept under it. */
  readonly reason: string;
  /** In words; never holds a secret or a signature. */
  readonly text: string;
  /** Trying again cannot help. */
  readonly final: boolean;
  readonly closedBy: ClosedBy;
};

/** We ended it ourselves. */
export const STOPPED: Ending = {
  reason: "stopped",
  text: "the connection was stopped before it was complete",
  final: false,
  closedBy: "device",
};

/** The device left on purpose and will come back. */
export const CHURN: Ending = {
  reason: "churn",
  text: "the device left as --churn wants it",
  final: false,
  closedBy: "device",
};

/** The device lost its connection, or left, as the run's scenario has it. */
export const SCENARIO: Ending = {
  reason: SCENARIO_REASON,
  text: "the device was away as --scenario wants it",
  final: false,
  closedBy: "device",
};

/** The server ended the stream without a word. */
export const CLOSED: Ending = {
  reason: "closed",
  text: "the server closed the connection without an answer",
  final: false,
  closedBy: "platform",
};

/** The end that a kick notice announced. [Same triplet: "Kicked by the same device"] */
export const KICKED: Ending = {
  reason: "kicked",
  text: "another client logged in with the same device and took its place",
  final: false,
  closedBy: "platform",
};

/** The server stopped answering pings. */
export const KEEPALIVE_TIMEOUT: Ending = {
  reason: "keepalive-timeout",
  text: "the server left a ping unanswered",
  final: false,
  closedBy: "network",
};

/** Acknowledgements pile up because the server reads nothing. */
export const WRITE_STALLED: Ending = {
  reason: "write-stalled",
  text: "the server does not read what the device acknowledges",
  final: false,
  closedBy: "network",
};

/** No CONNACK, or not every SUBACK, in time. */
export const connectTimeoutEnding = (timeoutMs: number): Ending => ({
  reason: "connect-timeout",
  text: `not online within ${timeoutMs / 1000} s: no connection, no CONNACK or no SUBACK came`,
  final: false,
  closedBy: "network",
});

/** The server sent what no MQTT 3.1.1 server may send here. `detail` is our own text, never the server's. */
export const malformedEnding = (detail: string): Ending => ({
  reason: "malformed-packet",
  text: `the server does not speak MQTT 3.1.1 here: ${detail}`,
  final: false,
  closedBy: "device",
});

/** [MQTT-3.2.2.3], with the platform's own meanings [Troubleshoot device connections: CONNACK]. */
const CONNACK_TEXTS: Readonly<Record<number, string>> = {
  1: "unacceptable protocol version: this endpoint does not take MQTT 3.1.1",
  2: "identifier rejected: the client id is too long or its |…| parameters are malformed",
  3: "server unavailable: the keepalive is outside 30 to 1200 s, or the device reconnected too fast (5 logins a minute)",
  4: "bad user name or password form: the user name must be deviceName&productKey, the password a signature in hex",
  5: "not authorized: wrong DeviceSecret, or the device or its product is unknown, disabled or deleted here",
};

/** The same of a plain broker, in the standard's own meanings. [MQTT-3.2.2.3] */
const BROKER_CONNACK_TEXTS: Readonly<Record<number, string>> = {
  1: "unacceptable protocol version: this broker does not take MQTT 3.1.1",
  2: "identifier rejected: the broker does not take this client id",
  3: "server unavailable",
  4: "bad user name or password: check -u and --password-file",
  5: "not authorized: check -u and --password-file, and what the broker lets them do",
};

/** A CONNACK other than 0. All but 3 (and codes that no standard names) are final. `login` says whose meanings hold. */
export const connackEnding = (code: number, login: DeviceLogin["kind"]): Ending => ({
  reason: `connack-${code}`,
  text: `login refused with CONNACK ${code}: ${(login === "plain" ? BROKER_CONNACK_TEXTS : CONNACK_TEXTS)[code] ?? "a code that MQTT 3.1.1 does not name"}`,
  final: code !== 3 && CONNACK_TEXTS[code] !== undefined,
  closedBy: "platform",
});

/** SUBACK 0x80, in the words of the platform or of a plain broker. [MQTT-3.9.3-2] */
export const subackEnding = (login: DeviceLogin["kind"]): Ending => ({
  reason: "suback-128",
  text: `a subscription was refused with SUBACK 128: ${
    login === "plain"
      ? "the broker does not let this user subscribe to the topic"
      : "the topic filter is not this device's, or it has over 100 of them"
  }`,
  final: true,
  closedBy: "device",
});

/** A filter that no SUBSCRIBE may hold. [MQTT-4.7.1-2] [MQTT-4.7.3-3] */
export const BAD_FILTER: Ending = {
  reason: "bad-filter",
  text: "a subscription is not a well-formed topic filter: + and # stand alone in a level, # last, 65535 bytes at most",
  final: true,
  closedBy: "device",
};

/** What ran out or failed, and what mends it. */
const socketText = (code: string, endpoint: MqttEndpoint): string | null => {
  const where = formatMqttEndpoint(endpoint);
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens on ${where}: check host and port`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host name of ${where} could not be resolved: check its spelling and the name server`;
    case "EADDRNOTAVAIL":
      return "no free local port (widen `sysctl net.ipv4.ip_local_port_range`), or a source address that is not this machine's: check or add addresses with --ifaddr";
    case "EAGAIN":
      return "no free local port: widen `sysctl net.ipv4.ip_local_port_range`, add addresses with --ifaddr, or hold fewer devices";
    case "EMFILE":
      return "this process may not open more files: raise `ulimit -n` or spread the devices over more --workers";
    case "ENFILE":
      return "the whole machine may not open more files: raise it with `sysctl -w fs.file-max=N`, or hold fewer devices";
    case "ENOBUFS":
      return "the system has no room for more sockets: raise `sysctl net.ipv4.tcp_mem`, or hold fewer devices on this machine";
    case "ENOMEM":
      return "the system is out of memory for sockets: hold fewer devices on this machine, or raise `sysctl net.ipv4.tcp_mem`";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return `${where} cannot be reached: check the network, firewall and security group`;
    case "ECONNRESET":
    case "EPIPE":
      return `${where} reset the connection: is it an MQTT port, and plain or TLS as the URL says?`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate of ${where} is for another host: check the host name`;
    case "CERT_HAS_EXPIRED":
      return `the certificate of ${where} has expired: check this machine's clock, then the server's certificate`;
    case "EPROTO":
      return `the TLS handshake with ${where} failed: is it a TLS port?`;
    default:
      return null;
  }
};

/** OpenSSL's verification failures as Node names them, other than the two with a text of their own. */
const isUntrusted = (code: string): boolean => /CERT|ISSUER|SIGNATURE|CRL|_CA$|^HOSTNAME_/.test(code);

const codeOf = (error: Error): string => {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return /^[A-Z0-9_]{2,60}$/.test(code) ? code : "socket-error";
};

/** An error of the socket or of TLS; `reason` is its code. Certificate failures are final. */
export const socketEnding = (error: Error, endpoint: MqttEndpoint): Ending => {
  const code = codeOf(error);
  const tls = code === "ERR_TLS_CERT_ALTNAME_INVALID" || (!code.startsWith("E") && isUntrusted(code));
  const text =
    socketText(code, endpoint) ??
    (code.startsWith("ERR_SSL")
      ? `the TLS handshake with ${formatMqttEndpoint(endpoint)} failed: is it a TLS port?`
      : null) ??
    (tls
      ? `the certificate of ${formatMqttEndpoint(endpoint)} is not trusted: give its root with --ca`
      : reasonOf(error));
  // the text of a foreign error may quote the server: one line, bounded
  const tidy = text.replace(/\p{Cc}+/gu, " ").slice(0, 300);
  return { reason: code, text: `${tidy} (${code})`, final: tls, closedBy: "network" };
};
