import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ReaderOrder } from "../plain-sockets.js";

const READ_BUFFER_BYTES = 64 * 1024;

/** Connections under way at once. */
const WINDOW = 100;

/**
 * A child process: opens the connections, counts bytes and nothing else, and answers "open" and then, whenever another
 * `roundBytes` are in, the time of the last one (µs, CLOCK_MONOTONIC).
 */
const read = async ({ port, connections, roundBytes }: ReaderOrder) => {
  const buffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);
  const sockets: Socket[] = [];
  let received = 0;
  const callback = (bytes: number): boolean => {
    received += bytes;
    if (received % roundBytes === 0) process.send?.({ endedAt: Number(process.hrtime.bigint()) / 1000 });
    return true;
  };
  while (sockets.length < connections) {
    const batch = Array.from({ length: Math.min(WINDOW, connections - sockets.length) }, () =>
      connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer, callback } }),
    );
    sockets.push(...batch);
    await Promise.all(batch.map((socket) => once(socket, "connect")));
  }
  process.once("disconnect", () => {
    for (const socket of sockets) socket.destroy();
  });
  process.send?.("open");
};

process.once("message", (order: ReaderOrder) => {
  void read(order);
});
