import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { publishLength, writePublishHeader } from "../protocol/publish-packet.js";
import { NullConnection } from "./null-connection.js";

/** Connections that may wait to be accepted: a fleet comes all at once. The system cuts it to what it allows. */
const BACKLOG = 65_535;

/** A fan-out that does nothing else: no API, no devices it knows, no signatures. On loopback, and for the run's own fleet only. */
export type NullFanOut = AsyncDisposable & {
  readonly port: number;
  /** Writes a full broadcast to every device that is logged in, as fast as plain sockets go; answers to how many. */
  broadcast(messageId: string, body: Uint8Array): number;
};

/** Listens on a free port of 127.0.0.1. */
export const startNullFanOut = async (): Promise<NullFanOut> => {
  const connections = new Set<NullConnection>();
  const server = createServer((socket) => {
    const connection = new NullConnection(socket);
    connections.add(connection);
    // a device that goes away is its own affair: who got what, the fleet tells
    socket.on("error", () => undefined).on("close", () => connections.delete(connection));
  });
  server.listen({ host: "127.0.0.1", port: 0, backlog: BACKLOG });
  await once(server, "listening");
  return {
    port: portOf(server),
    broadcast: (messageId, body) => fanOut(connections, Buffer.from(messageId), body),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) connection.close();
      await closed;
    },
  };
};

const fanOut = (connections: ReadonlySet<NullConnection>, id: Buffer, body: Uint8Array): number => {
  const lengthOf = (prefix: Buffer) => publishLength(prefix.length + id.length, body.length, 0);
  let bytes = 0;
  for (const { prefix } of connections) if (prefix !== null) bytes += lengthOf(prefix);
  // one slab for all packets: sockets may hold parts of it for a while, and the next broadcast has its own
  const slab = Buffer.allocUnsafeSlow(bytes);
  let end = 0;
  let devices = 0;
  for (const connection of connections) {
    const { prefix } = connection;
    if (prefix === null) continue;
    const start = end;
    end = writePublishHeader(slab, start, prefix.length + id.length, body.length, 0);
    slab.set(prefix, end);
    end += prefix.length;
    slab.set(id, end);
    end += id.length;
    slab.set(body, end);
    end += body.length;
    connection.write(slab.subarray(start, end));
    devices++;
  }
  return devices;
};

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
};
