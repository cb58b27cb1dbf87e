import type { Broker } from "./broker.js";
import { createMqttConnections } from "./mqtt-connections.js";
import { createServerCertificate, type ServerCertificate } from "./server-certificate.js";
import { type Listener, listenTcp } from "./tcp-listener.js";
import { listenTls } from "./tls-listener.js";
import { listenWebSocket } from "./websocket-listener.js";

/** Ports of the MQTT side; 0 takes any free one, undefined does without. */
export type MqttPorts = {
  readonly mqttPort: number;
  readonly mqttsPort?: number | undefined;
  readonly wsPort?: number | undefined;
  /** The certificate of the TLS port; made anew where absent. */
  readonly certificate?: ServerCertificate | undefined;
};

/** A running MQTT server; disposing of it closes every connection. Ports that were not asked for are null. */
export type MqttServer = AsyncDisposable & {
  readonly port: number;
  readonly mqttsPort: number | null;
  readonly wsPort: number | null;
  /** The authority of the TLS port's certificate, or null. */
  readonly caPem: string | null;
};

/** Starts the MQTT side. If one port cannot be had, nothing is left running. */
export const startMqttServer = async (broker: Broker, host: string, ports: MqttPorts): Promise<MqttServer> => {
  const { mqttPort, mqttsPort, wsPort } = ports;
  const connections = createMqttConnections(broker);
  const listeners: Listener[] = [];
  const start = async (starting: Promise<Listener>): Promise<number> => {
    const listener = await starting;
    listeners.push(listener);
    return listener.port;
  };
  const stop = async (): Promise<void> => {
    connections[Symbol.dispose](); // first: a listener waits for the connections it took
    await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
  };
  const certificate = mqttsPort === undefined ? null : (ports.certificate ?? certificateFor(host, broker.unixMs()));
  try {
    return {
      port: await start(listenTcp(broker, connections, host, mqttPort)),
      mqttsPort: certificate && (await start(listenTls(broker, connections, host, mqttsPort ?? 0, certificate))),
      wsPort: wsPort === undefined ? null : await start(listenWebSocket(broker, connections, host, wsPort)),
      caPem: certificate?.caPem ?? null,
      [Symbol.asyncDispose]: stop,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};

/** The names a local platform goes by, and the address it is bound to. */
export const certificateFor = (host: string, unixMs: number): ServerCertificate =>
  createServerCertificate([...new Set(["localhost", "127.0.0.1", "::1", host])], unixMs);
