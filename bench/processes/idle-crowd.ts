import { connect, type Socket } from "node:net";
import type { CrowdOrder, CrowdState } from "../idle-crowd.js";

/**
 * Opened at most per 50 ms: 600 a second. The platform cuts each after ten to eleven seconds, so this keeps 5,000 open and spreads
 * the cuts and the coming back evenly over the broadcasts.
 */
const OPENED_PER_TICK = 30;
const TICK_MS = 50;

/** Bytes of a CONNECT whose rest never comes. */
const HALF_PACKET = Buffer.from([0x10, 0x7f, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 0x04, 0x02, 0x00, 0x3c]);

/** How a connection of the crowd behaves, by its number. */
const KINDS = ["silent", "half", "drip"] as const;

/**
 * A child process: keeps connections open that never log in, a third each silent, stopped within a packet, and sending a byte of
 * one each second. Those that are cut are opened again, `mostReconnects` times all together. Answers its state to each message.
 */
const crowd = ({ port, connections, mostReconnects }: CrowdOrder) => {
  const waiting: number[] = Array.from({ length: connections }, (_, i) => i);
  const dripping = new Map<Socket, number>();
  const open = new Set<Socket>();
  let reconnects = 0;
  let told = false;

  const state = (): CrowdState => ({ open: open.size, reconnects });

  const openOne = (number: number) => {
    const kind = KINDS[number % KINDS.length];
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("connect", () => {
      open.add(socket);
      if (kind === "half") socket.write(HALF_PACKET);
      if (kind === "drip") dripping.set(socket, 0);
      if (open.size < connections || told) return;
      told = true;
      process.send?.(state());
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
      dripping.delete(socket);
      if (reconnects >= mostReconnects) return;
      reconnects++;
      waiting.push(number);
    });
    socket.resume();
  };

  const opening = setInterval(() => {
    for (const number of waiting.splice(0, OPENED_PER_TICK)) openOne(number);
  }, TICK_MS);
  // a tenth of them at a time, so that their bytes come evenly
  let turn = 0;
  const drips = setInterval(() => {
    turn++;
    let i = 0;
    for (const [socket, sent] of dripping) {
      if (i++ % 10 !== turn % 10 || sent >= HALF_PACKET.length) continue;
      socket.write(HALF_PACKET.subarray(sent, sent + 1));
      dripping.set(socket, sent + 1);
    }
  }, 100);

  process.on("message", () => process.send?.(state()));
  process.on("disconnect", () => {
    clearInterval(opening);
    clearInterval(drips);
    reconnects = mostReconnects;
    for (const socket of open) socket.destroy();
  });
};

process.once("message", crowd);
