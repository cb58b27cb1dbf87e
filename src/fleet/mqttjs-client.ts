import type { IClientOptions, MqttClient } from "mqtt";
import type { Dialer } from "./dialer.js";
import { type EngineOptions, endpointOf } from "./engine-options.js";
import { loginOf, MAX_FILTERS_PER_PACKET } from "./login-packets.js";

/** MQTT.js, loaded when the first engine is made. */
export type MqttjsModule = typeof import("mqtt");

/** The WebSocket path of the platform. [Establish MQTT connections over WebSocket] */
const WS_PATH = "/mqtt";

/** The longest that a timer can wait: the engine has a deadline of its own, which covers SUBACK too. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Starts an MQTT.js client for one device, MQTT 3.1.1, without reconnecting. Plain and TLS sockets come from the dialer, as
 * the lean engine's do, because MQTT.js has no option for a source address; WebSockets come from MQTT.js with the same options.
 */
export const startMqttjsClient = (
  { connect, MqttClient }: MqttjsModule,
  options: EngineOptions,
  dialer: Dialer,
  device: number,
): MqttClient => {
  const endpoint = endpointOf(options, device);
  const settings: IClientOptions = {
    ...loginOf(options, device),
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    keepalive: options.keepaliveSeconds,
    reconnectPeriod: 0,
    resubscribe: false,
    subscribeBatchSize: MAX_FILTERS_PER_PACKET,
    connectTimeout: NEVER_MS,
    timerVariant: "native",
  };
  if (endpoint.protocol === "mqtt" || endpoint.protocol === "mqtts") {
    return new MqttClient(() => dialer.dial(device), settings);
  }
  const hostname = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
  return connect({
    ...settings,
    protocol: endpoint.protocol,
    hostname,
    port: endpoint.port,
    path: endpoint.path ?? WS_PATH,
    wsOptions: {
      ...dialer.optionsFor(device),
      perMessageDeflate: false,
      handshakeTimeout: options.connectTimeoutMs,
    },
  });
};
