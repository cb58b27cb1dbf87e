import { IoRing, REQUEST_WORDS } from "./io-ring.js";
import type { LeanSocket } from "./lean-socket.js";
import { type SlotAddresses, slotAddresses } from "./slot-addresses.js";

/** Packets that one system call sends. */
const BATCH = 256;

/** The longest packet that goes by batch, bytes: a longer one costs so much by itself that a call of its own is nothing. */
const SLOT_BYTES = 1024;

/** [io_uring_enter(2): IORING_OP_SEND], [send(2)] */
const IORING_OP_SEND = 26;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/**
 * Sends small packets to many sockets with few system calls, which halves what a delivery costs its sender. What a socket does not
 * take at once goes on as its own write, in order. Between the first `add` and `flush` the event loop must not turn.
 */
export class BatchSender implements Disposable {
  readonly #ring: IoRing;
  readonly #slots = new Uint8Array(BATCH * SLOT_BYTES);
  readonly #addresses: SlotAddresses;
  readonly #sockets: (LeanSocket<unknown> | null)[] = new Array(BATCH).fill(null);
  readonly #lengths = new Uint32Array(BATCH);
  readonly #onResult = (slot: number, result: number): void => this.#took(slot, result);
  #count = 0;
  /** Tells batches apart: a socket may be in each but once. */
  #batch = 1;
  #usable = true;

  private constructor(ring: IoRing) {
    this.#ring = ring;
    this.#addresses = slotAddresses(ring.calls.addressOf(this.#slots), BATCH, SLOT_BYTES);
    // what is the same in all requests is written once: the kernel does not change them
    for (let at = 0; at < ring.words.length; at += REQUEST_WORDS) {
      ring.words[at] = IORING_OP_SEND;
      ring.words[at + 7] = MSG_DONTWAIT | MSG_NOSIGNAL;
    }
  }

  /** Null where the system offers no such calls, the library that makes them is not installed, or `IOTB_TCP` is `net` or `plain`. */
  static async open(env: NodeJS.ProcessEnv = process.env): Promise<BatchSender | null> {
    if (env["IOTB_TCP"] === "net" || env["IOTB_TCP"] === "plain") return null;
    const ring = await IoRing.open(BATCH, 2 * BATCH);
    return ring === null ? null : new BatchSender(ring);
  }

  /** Packets in a full batch: it is flushed by itself at that size. */
  get batchSize(): number {
    return BATCH;
  }

  /** Takes a packet, a copy, for a socket; false where it must be written as ever, because it is long or something waits before it. */
  add(socket: LeanSocket<unknown>, packet: Uint8Array): boolean {
    if (!this.#usable || packet.length > SLOT_BYTES || !socket.isIdle) return false;
    if (this.#count === BATCH || socket.batch === this.#batch) this.flush();
    socket.batch = this.#batch;
    const slot = this.#count++;
    this.#sockets[slot] = socket;
    this.#lengths[slot] = packet.length;
    this.#slots.set(packet, slot * SLOT_BYTES);
    return true;
  }

  /** Sends what was added. */
  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    const words = this.#ring.words;
    const { low, high } = this.#addresses;
    for (let slot = 0; slot < count; slot++) {
      const at = this.#ring.next();
      words[at + 1] = (this.#sockets[slot] as LeanSocket<unknown>).fd;
      words[at + 4] = low[slot] as number;
      words[at + 5] = high[slot] as number;
      words[at + 6] = this.#lengths[slot] as number;
      words[at + 8] = slot;
    }
    this.#count = 0;
    this.#batch++;
    // requests that may not wait are over when they were handed over: their results are all there
    if (!this.#ring.enter(count) || this.#ring.reap(this.#onResult, count) < count) this.#giveUp();
    this.#sockets.fill(null, 0, count);
  }

  [Symbol.dispose](): void {
    this.#usable = false;
    this.#ring.close();
  }

  #took(slot: number, result: number): void {
    const socket = this.#sockets[slot];
    const length = this.#lengths[slot] as number;
    if (!socket) return;
    this.#sockets[slot] = null;
    if (result === length) return;
    // nothing or a part was taken, or the connection is broken: an ordinary write goes on from there, or finds out
    const start = slot * SLOT_BYTES;
    socket.write(this.#slots.slice(start + Math.max(0, result), start + length));
  }

  /** The kernel did not answer for some packets: whether they went out nobody can tell, so their connections end. */
  #giveUp(): void {
    this.#usable = false;
    for (const socket of this.#sockets) socket?.destroy();
  }
}
