import { createServer, type Socket } from "node:net";
import { Aedes } from "aedes";

/** A child process: aedes as its README starts it, on a free port of loopback. Answers its port. */
const serve = async () => {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    broker.handle(socket);
  });
  process.on("disconnect", () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    broker.close(() => undefined);
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => process.send?.(server.address()));
};

void serve();
