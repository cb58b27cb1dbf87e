import { createServer, type Socket } from "node:net";
import type { WriterOrder } from "../plain-sockets.js";

/**
 * A child process: for each order writes the same packet once to every connection, with nothing else done a connection, and
 * answers when it began (µs, CLOCK_MONOTONIC).
 */
const serve = () => {
  const sockets: Socket[] = [];
  let order: WriterOrder | null = null;
  // the reader's side of a connection is open before this side is told of it
  const writeWhenAllOpen = () => {
    if (order === null || sockets.length < order.connections) return;
    const { packet } = order;
    order = null;
    const startedAt = Number(process.hrtime.bigint()) / 1000;
    for (const socket of sockets) socket.write(packet);
    process.send?.({ startedAt });
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.resume();
    writeWhenAllOpen();
  });
  process.on("message", (message: WriterOrder) => {
    order = message;
    writeWhenAllOpen();
  });
  process.on("disconnect", () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => process.send?.(server.address()));
};

serve();
