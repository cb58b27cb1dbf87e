import { grownFrom } from "./grown.js";
import type { LeanSocket } from "./lean-socket.js";

/** Sockets that there is room for at first. */
const FIRST_ROOM = 64;

/**
 * Numbers sockets, and keeps beside each number whether one may be sent to, all in one array: of thousands of sockets the next one's
 * object is in no cache, its place in the array is.
 */
export class IdleSockets {
  /** By number: the system's number of a socket that is open and for which nothing waits to be sent; -1 for any other. */
  fds = new Int32Array(FIRST_ROOM).fill(-1);
  readonly #sockets: (LeanSocket<unknown> | null)[] = [];
  readonly #free: number[] = [];

  /** Gives a socket a number, its own until it leaves. */
  enter(socket: LeanSocket<unknown>): number {
    const number = this.#free.pop() ?? this.#sockets.length;
    this.#sockets[number] = socket;
    if (number >= this.fds.length) this.fds = grownFrom(new Int32Array(this.fds.length * 2).fill(-1), this.fds);
    return number;
  }

  /** Takes the number back: the socket is closed for good. */
  leave(number: number): void {
    this.fds[number] = -1;
    this.#sockets[number] = null;
    this.#free.push(number);
  }

  /** The socket with this number, or null. */
  at(number: number): LeanSocket<unknown> | null {
    return this.#sockets[number] ?? null;
  }
}
