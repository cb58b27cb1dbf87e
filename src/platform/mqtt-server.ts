import { createServer, type Socket } from "node:net";
import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import { type Connection, createConnection } from "./connection.js";
import { splitFrames } from "./frame-splitter.js";
import { handleFrame } from "./handle-frame.js";
import { listen } from "./listen.js";
import { tally } from "./platform-counters.js";

/** A running MQTT server; disposing of it closes every connection. */
export type MqttServer = AsyncDisposable & { readonly port: number };

/** Starts the MQTT side. One timer looks after the silence of all connections. */
export const startMqttServer = async (broker: Broker, host: string, port: number): Promise<MqttServer> => {
  const { limits, counters } = broker;
  const connections = new Set<Connection>();
  const onFrame = (connection: Connection, frame: Buffer): boolean => handleFrame(broker, connection, frame);

  const receive = (connection: Connection, chunk: Buffer): void => {
    if (connection.state === "closing") return;
    // What is no CONNECT is told by its first byte: an HTTP request need not wait for the packet it seems to announce.
    if (connection.state === "waiting" && connection.filled === 0 && chunk[0] !== 0x10) {
      closeConnection(broker, connection, "not-connect", "destroy");
      return;
    }
    const fault = splitFrames(connection, chunk, onFrame);
    if (fault !== null) closeConnection(broker, connection, fault, "destroy");
  };

  const accept = (socket: Socket): void => {
    const connection = createConnection(socket, broker.monotonicMs(), limits.connectTimeoutMs, limits.maxPreAuthBytes);
    connections.add(connection);
    socket.on("data", (chunk: Buffer) => receive(connection, chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      closeConnection(
        broker,
        connection,
        error.code === "ECONNRESET" ? "connection-reset" : "connection-error",
        "destroy",
      );
    });
    socket.on("close", () => {
      closeConnection(broker, connection, "connection-lost", "destroy");
      connections.delete(connection);
    });
  };

  const server = createServer({ noDelay: true }, accept);
  const taken = await listen(server, { host, port, what: "the MQTT server", flag: "--mqtt-port" });
  server.on("error", () => tally(counters.refused, "accept-failed")); // out of files: later connections may succeed

  // A scan of every connection once a second costs less than keeping an order: 100,000 comparisons are about a millisecond.
  const sweep = setInterval(() => {
    const now = broker.monotonicMs();
    for (const connection of connections) {
      if (now - connection.since <= connection.patienceMs) continue;
      const reason = connection.state === "waiting" ? "connect-timeout" : "keepalive-timeout";
      closeConnection(broker, connection, reason, "destroy");
    }
  }, limits.sweepMs);

  return {
    port: taken,
    [Symbol.asyncDispose]: () => {
      clearInterval(sweep);
      const stopped = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const connection of connections) closeConnection(broker, connection, "stopped", "destroy");
      return stopped;
    },
  };
};
