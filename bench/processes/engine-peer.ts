import { createServer, type Socket } from "node:net";
import { encodePublish } from "../../src/protocol/publish-packet.js";

/** The body of a delivery, bytes. */
const BODY_BYTES = 200;

const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
// the form and length of a full broadcast's topic; one packet for all, because only the receiver is measured
const PACKET = encodePublish(
  "/sys/a1B2c3D4e5F/dev_000000/broadcast/request/1837105931904192512",
  Buffer.alloc(BODY_BYTES, "x"),
  0,
);

/** A child process: takes any login, and sends one message to every connection for each IPC message that it gets. */
const serve = () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.once("data", () => {
      sockets.add(socket);
      socket.write(CONNACK);
      socket.resume();
    });
  });
  process.on("message", () => {
    for (const socket of sockets) socket.write(PACKET);
  });
  process.on("disconnect", () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => process.send?.(server.address()));
};

serve();
