import { isIP, connect as netConnect } from "node:net";
import { type SecureContext, connect as tlsConnect } from "node:tls";
import type { IClientOptions, MqttClient } from "mqtt";
import { IotbError, reasonOf } from "../domain/errors.js";
import { formatMqttEndpoint, type MqttEndpoint } from "../protocol/mqtt-endpoint.js";

/** As whom and where a publisher logs in. */
export type PublisherLogin = {
  readonly endpoint: MqttEndpoint;
  readonly clientId: string;
  readonly username: string | null;
  readonly password: string | null;
  /** What a mqtts or wss endpoint is trusted by; null on the others. */
  readonly trust: { readonly secureContext: SecureContext; readonly rejectUnauthorized: boolean } | null;
};

/** How long a login may take, ms. */
const LOGIN_MS = 10_000;

/** The broker is asked whether it is there when nothing was sent for so long, s. */
const KEEPALIVE_S = 60;

/**
 * Logs a publisher in with MQTT.js, MQTT 3.1.1, clean session. The client never comes back by itself and keeps nothing that it
 * could send a second time. Throws `api-refused` for a CONNACK other than 0, `api-unreachable`, and `interrupted` on abort.
 */
export const openPublisherClient = async (login: PublisherLogin, signal: AbortSignal): Promise<MqttClient> => {
  // loaded here and not before: most commands need no client
  const mqttjs = await import("mqtt");
  if (signal.aborted) throw interrupted();
  const client = start(mqttjs, login);
  const where = formatMqttEndpoint(login.endpoint);
  let stopListening = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(interrupted());
      const onClose = (): void => reject(unreachable(where, "the broker closed the connection without an answer"));
      const onError = (error: Error): void => reject(failureOf(error, where));
      stopListening = () => signal.removeEventListener("abort", onAbort);
      signal.addEventListener("abort", onAbort, { once: true });
      client.once("connect", () => resolve());
      // these stay: an error event without a listener would end the process; MQTT.js keeps errors without a code to itself
      client.on("error", onError);
      client.stream.on("error", onError).once("close", onClose);
    });
    return client;
  } catch (thrown) {
    client.end(true);
    throw thrown;
  } finally {
    stopListening();
  }
};

const start = ({ connect, MqttClient }: typeof import("mqtt"), login: PublisherLogin): MqttClient => {
  const { endpoint, clientId, username, password, trust } = login;
  const { protocol, host, port } = endpoint;
  const settings: IClientOptions = {
    clientId,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    reconnectPeriod: 0,
    connectTimeout: LOGIN_MS,
    queueQoSZero: false,
    resubscribe: false,
  };
  const secure = trust === null ? {} : { ...trust, servername: isIP(host) === 0 ? host : "" };
  if (protocol === "ws" || protocol === "wss") {
    const hostname = host.includes(":") ? `[${host}]` : host;
    const wsOptions = { ...secure, perMessageDeflate: false, handshakeTimeout: LOGIN_MS };
    return connect({ ...settings, protocol, hostname, port, path: endpoint.path ?? "/mqtt", wsOptions });
  }
  // not MQTT.js's own sockets: it leaves Nagle's algorithm on, which may hold a PUBLISH back
  const address = { host, port, noDelay: true };
  return new MqttClient(
    () => (protocol === "mqtts" ? tlsConnect({ ...address, ...secure }) : netConnect(address)),
    settings,
  );
};

const interrupted = (): IotbError => new IotbError("interrupted", "stopped before the publisher was connected");

const unreachable = (where: string, why: string): IotbError =>
  new IotbError("api-unreachable", `the publisher has no connection to ${where}: ${why}`, {
    hint: "nothing was sent: check the broker, its address and, with TLS, --ca",
  });

/** A CONNACK comes as an error with its code as a number. [MQTT-3.2.2.3] */
const failureOf = (error: Error, where: string): IotbError =>
  "code" in error && typeof error.code === "number"
    ? new IotbError("api-refused", `${where} refused the publisher's login with CONNACK ${error.code}`, {
        hint: "check -u and --password-file, and what the broker lets this user do",
      })
    : unreachable(where, reasonOf(error));
