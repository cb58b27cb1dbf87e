import { createSocketShare, LeanSocket, type SocketHandlers } from "../tcp/lean-socket.js";
import { openTcpBinding, type TcpHandle } from "../tcp/tcp-binding.js";
import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import { type Connection, createConnection, type MqttDuplex, type MqttStream } from "./connection.js";
import { splitFrames } from "./frame-splitter.js";
import { handleFrame } from "./handle-frame.js";
import { sweepSessions } from "./session-store.js";

/** The MQTT connections of a platform, whatever carries them; disposing of it cuts every one. */
export type MqttConnections = Disposable & {
  /** Takes over a stream of bytes that was just accepted. */
  accept(stream: MqttDuplex): void;
  /** Takes over a plain connection that was just accepted, without a `net.Socket`; null where this Node cannot. */
  readonly acceptPlain: ((handle: TcpHandle) => void) | null;
  /** Resolves when no plain connection is left. */
  plainClosed(): Promise<void>;
};

/** Sessions that nobody takes up again are looked through in every so many sweeps. */
const SWEEPS_PER_SESSION_SWEEP = 60;

/** Silent connections cut in one turn of the event loop. */
const CUTS_PER_TURN = 16;

/** Connections that are online and looked at in one sweep, at the least; a tenth of them where there are more. */
const LOOKED_AT_PER_SWEEP = 2_000;
const SWEEPS_PER_ROUND = 10;

/** Why a socket failed, by the name its ending is counted under. */
const endingOf = ({ code }: NodeJS.ErrnoException): string => {
  if (code === "ECONNRESET") return "connection-reset";
  return code?.startsWith("WS_ERR_") ? "malformed-frame" : "connection-error";
};

/** Nobody is connected yet. One timer looks after the silence of all connections. */
export const createMqttConnections = (broker: Broker, tcp = openTcpBinding()): MqttConnections => {
  const { limits } = broker;
  /** Every connection, each at its `place`. */
  const connections: Connection[] = [];
  /** Those that have not logged in or were told to go: their time is short, so each sweep looks at all of them. */
  const brief = new Set<Connection>();
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

  const enter = (connection: Connection): void => {
    connection.place = connections.length;
    connections.push(connection);
    brief.add(connection);
  };

  const leave = (connection: Connection): void => {
    closeConnection(broker, connection, "connection-lost", "destroy"); // [MQTT-4.8.0-1]
    const last = connections.pop();
    if (last !== undefined && last !== connection) {
      connections[connection.place] = last;
      last.place = connection.place;
    }
    brief.delete(connection);
  };

  const drained = (connection: Connection): void => {
    const { onDrained } = connection;
    connection.onDrained = null;
    onDrained?.();
  };

  const overdue: Connection[] = [];
  let cutting: NodeJS.Immediate | null = null;
  const isOverdue = ({ since, patienceMs }: Connection, now: number): boolean => now - since > patienceMs;

  /** Cuts a few connections a turn: hundreds at once would hold up a broadcast that is being delivered. */
  const cut = (): void => {
    const now = broker.monotonicMs();
    for (const connection of overdue.splice(0, CUTS_PER_TURN)) {
      if (!isOverdue(connection, now)) continue;
      const reason = connection.state === "waiting" ? "connect-timeout" : "keepalive-timeout";
      closeConnection(broker, connection, reason, "destroy");
    }
    cutting = overdue.length > 0 ? setImmediate(cut) : null;
  };

  /** Where the next look at those that are online begins. */
  let lookFrom = 0;
  const look = (now: number): void => {
    for (const connection of brief) {
      // a keep-alive is 45 s at the least: that one is found out some seconds later does no harm
      if (connection.state === "online") brief.delete(connection);
      else if (isOverdue(connection, now)) overdue.push(connection);
    }
    const count = Math.min(
      connections.length,
      Math.max(LOOKED_AT_PER_SWEEP, Math.ceil(connections.length / SWEEPS_PER_ROUND)),
    );
    for (let i = 0; i < count; i++) {
      if (lookFrom >= connections.length) lookFrom = 0;
      const connection = connections[lookFrom++] as Connection;
      if (connection.state !== "online") brief.add(connection);
      else if (isOverdue(connection, now)) overdue.push(connection);
    }
  };

  let sweeps = 0;
  const sweep = setInterval(() => {
    if (cutting === null) {
      look(broker.monotonicMs());
      cut();
    }
    if (++sweeps % SWEEPS_PER_SESSION_SWEEP === 0) sweepSessions(broker.sessions, broker.monotonicMs());
  }, limits.sweepMs);

  const create = (stream: MqttStream, plain: Connection["plain"]): Connection => {
    const { connectTimeoutMs, maxPreAuthBytes } = limits;
    return createConnection(stream, plain, broker.monotonicMs(), connectTimeoutMs, maxPreAuthBytes);
  };

  let plainOpen = 0;
  let onPlainClosed: (() => void) | null = null;
  const handlers: SocketHandlers<Connection> = {
    connected: () => undefined,
    arrived: () => undefined,
    tagOf: () => 0,
    received: (connection, _tag, bytes, start, end) => receive(connection, bytes.subarray(start, end)),
    drained,
    failed: (connection, error) => closeConnection(broker, connection, endingOf(error), "destroy"),
    closed: (connection) => {
      leave(connection);
      if (--plainOpen === 0) onPlainClosed?.();
    },
  };
  const share = tcp === null ? null : createSocketShare(tcp, handlers, null, broker.idleSockets);

  return {
    acceptPlain:
      share &&
      ((handle) => {
        const socket = new LeanSocket(share, handle);
        const connection = create(socket, socket);
        socket.belongTo(connection);
        plainOpen++;
        enter(connection);
        socket.start();
      }),
    plainClosed: () =>
      plainOpen === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            onPlainClosed = resolve;
          }),
    accept: (stream) => {
      const connection = create(stream, null);
      enter(connection);
      stream.on("data", (chunk: Buffer) => receive(connection, chunk));
      stream.on("drain", () => drained(connection));
      stream.on("error", (error) => closeConnection(broker, connection, endingOf(error), "destroy"));
      stream.on("close", () => leave(connection));
    },
    [Symbol.dispose]: () => {
      clearInterval(sweep);
      if (cutting !== null) clearImmediate(cutting);
      for (const connection of connections) closeConnection(broker, connection, "stopped", "destroy");
    },
  };
};
