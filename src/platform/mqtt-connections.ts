import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import { type Connection, createConnection, type MqttStream } from "./connection.js";
import { splitFrames } from "./frame-splitter.js";
import { handleFrame } from "./handle-frame.js";
import { sweepSessions } from "./session-store.js";

/** The MQTT connections of a platform, whatever carries them; disposing of it cuts every one. */
export type MqttConnections = Disposable & {
  /** Takes over a stream of bytes that was just accepted. */
  accept(socket: MqttStream): void;
};

/** Sessions that nobody takes up again are looked through in every so many sweeps. */
const SWEEPS_PER_SESSION_SWEEP = 60;

/** Silent connections cut in one turn of the event loop. */
const CUTS_PER_TURN = 16;

/** Why a socket failed, by the name its ending is counted under. */
const endingOf = ({ code }: NodeJS.ErrnoException): string => {
  if (code === "ECONNRESET") return "connection-reset";
  return code?.startsWith("WS_ERR_") ? "malformed-frame" : "connection-error";
};

/** Nobody is connected yet. One timer looks after the silence of all connections. */
export const createMqttConnections = (broker: Broker): MqttConnections => {
  const { limits } = broker;
  const connections = new Set<Connection>();
  const onFrame = (connection: Connection, frame: Buffer): boolean => handleFrame(broker, connection, frame);

  const receive = (connection: Connection, chunk: Buffer): void => {
    if (connection.state === "closing") return;
    // What is no CONNECT is told by its first byte: an HTTP request need not wait for the packet it seems to announce.
    if (connection.state === "waiting" && connection.held === null && connection.filled === 0 && chunk[0] !== 0x10) {
      closeConnection(broker, connection, "not-connect", "destroy");
      return;
    }
    const fault = splitFrames(connection, chunk, onFrame);
    if (fault !== null) closeConnection(broker, connection, fault, "destroy");
  };

  const isOverdue = ({ since, patienceMs }: Connection): boolean => broker.monotonicMs() - since > patienceMs;

  let overdue: Connection[] = [];
  let cutting: NodeJS.Immediate | null = null;
  /** Cuts a few connections a turn: hundreds at once would hold up a broadcast that is being delivered. */
  const cut = (): void => {
    for (const connection of overdue.splice(0, CUTS_PER_TURN)) {
      if (!isOverdue(connection)) continue;
      const reason = connection.state === "waiting" ? "connect-timeout" : "keepalive-timeout";
      closeConnection(broker, connection, reason, "destroy");
    }
    cutting = overdue.length > 0 ? setImmediate(cut) : null;
  };

  // A scan of every connection once a second costs less than keeping an order: 100,000 comparisons are about a millisecond.
  let sweeps = 0;
  const sweep = setInterval(() => {
    if (cutting === null) {
      overdue = [...connections].filter(isOverdue);
      cut();
    }
    if (++sweeps % SWEEPS_PER_SESSION_SWEEP === 0) sweepSessions(broker.sessions, broker.monotonicMs());
  }, limits.sweepMs);

  return {
    accept: (socket) => {
      const now = broker.monotonicMs();
      const connection = createConnection(socket, now, limits.connectTimeoutMs, limits.maxPreAuthBytes);
      connections.add(connection);
      socket.on("data", (chunk: Buffer) => receive(connection, chunk));
      socket.on("error", (error) => closeConnection(broker, connection, endingOf(error), "destroy"));
      socket.on("close", () => {
        closeConnection(broker, connection, "connection-lost", "destroy"); // [MQTT-4.8.0-1]
        connections.delete(connection);
      });
    },
    [Symbol.dispose]: () => {
      clearInterval(sweep);
      if (cutting !== null) clearImmediate(cutting);
      for (const connection of connections) closeConnection(broker, connection, "stopped", "destroy");
    },
  };
};
