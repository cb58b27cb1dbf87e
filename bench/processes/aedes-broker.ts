import { createServer, type Socket } from "node:net";

type Broker = { handle(stream: Socket): unknown; close(done: () => void): void };
type AedesModule = { readonly Aedes: { createBroker(): Promise<Broker> } };

/** Not a literal: the compiler need not find it. */
const NAME: string = "aedes";

const load = async (): Promise<AedesModule | null> => {
  try {
    return (await import(NAME)) as AedesModule;
  } catch {
    return null;
  }
};

/** A child process: aedes as its README starts it, on a free port of loopback. Answers its port, or that it is missing. */
const serve = async () => {
  const aedes = await load();
  if (aedes === null) {
    process.send?.({ missing: "aedes: not installed" });
    return;
  }
  const broker = await aedes.Aedes.createBroker();
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
