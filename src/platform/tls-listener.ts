import type { Socket } from "node:net";
import { createServer } from "node:tls";
import type { Broker } from "./broker.js";
import { listen } from "./listen.js";
import type { MqttConnections } from "./mqtt-connections.js";
import { tally } from "./platform-counters.js";
import type { ServerCertificate } from "./server-certificate.js";
import type { Listener } from "./tcp-listener.js";

/** Takes MQTT connections over TLS 1.2 and 1.3. The platform is documented for 1.0 to 1.2; Node offers no older ones by itself. */
export const listenTls = async (
  broker: Broker,
  connections: MqttConnections,
  host: string,
  port: number,
  { cert, key }: ServerCertificate,
): Promise<Listener> => {
  const { limits, counters } = broker;
  const options = { cert, key, noDelay: true, handshakeTimeout: limits.connectTimeoutMs };
  const server = createServer(options, connections.accept);
  const greeting = new Set<Socket>(); // below the TLS of every connection: one that never greets is known nowhere else
  server.on("connection", (socket: Socket) => {
    greeting.add(socket);
    socket.on("close", () => greeting.delete(socket));
  });
  server.on("tlsClientError", (_error, socket) => {
    tally(counters.refused, "tls-handshake");
    socket.destroy(); // one that took too long is still open
  });
  const taken = await listen(server, { host, port, what: "the MQTT server with TLS", flag: "--mqtts-port" });
  server.on("error", () => tally(counters.refused, "accept-failed"));
  return {
    port: taken,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of greeting) socket.destroy();
      }),
  };
};
