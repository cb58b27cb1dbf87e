import { createServer, type Socket } from "node:net";
import type { WriterOrder } from "../plain-sockets.js";

/**
 * A child process: for each order writes the same packet once to every connection, with nothing else done a connection, and
 * answers when it began (µs, CLOCK_MONOTONIC).
 */
const serve = () => {
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.resume();
  });
  process.on("message", ({ packet }: WriterOrder) => {
    const startedAt = Number(process.hrtime.bigint()) / 1000;
    for (const socket of sockets) socket.write(packet);
    process.send?.({ startedAt });
  });
  process.on("disconnect", () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => process.send?.(server.address()));
};

serve();
