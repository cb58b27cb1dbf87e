import { grownFrom } from "./grown.js";
import type { IdleSockets } from "./idle-sockets.js";
import { IoRing, REQUEST_WORDS } from "./io-ring.js";
import type { LeanSocket } from "./lean-socket.js";
import { slotAddresses } from "./slot-addresses.js";

/** Packets that one system call sends. */
const BATCH = 256;

/** The longest packet that goes by batch, bytes: a longer one costs so much by itself that a call of its own is nothing. */
const SLOT_BYTES = 1024;

/**
 * Packets of a full batch that the kernel's own thread sends beside this one where a core is left over: so many at first, so many more
 * after a batch for which nobody had to wait, so many fewer after any other; never more than half of it.
 */
const HELP_AT_FIRST = 64;
const HELP_STEP = 8;

/**
 * So many batches at first are sent with help, needed or not: V8 compiles what has run, and would throw it away at the first batch
 * that is helped later, in the midst of a broadcast.
 */
const REHEARSED_BATCHES = 16;

/** [io_uring_enter(2): IORING_OP_SEND, IOSQE_ASYNC], [send(2)] */
const IORING_OP_SEND = 26;
const SEND_ASIDE = IORING_OP_SEND | (1 << (4 + 8));
/** [io_uring_register(2)] */
const IORING_REGISTER_IOWQ_MAX_WORKERS = 19;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** Where a request has the system's number of its socket, and the length of its packet. [io_uring_enter(2): struct io_uring_sqe] */
const FD_WORD = 1;
const LENGTH_WORD = 6;

/**
 * Sends small packets to many sockets with few system calls, which halves what a delivery costs its sender. What a socket does not
 * take at once goes on as its own write, in order. Between the first packet and `flush` the event loop must not turn.
 */
export class BatchSender implements Disposable {
  /** Where packets wait: a slot for each request of the ring, at the same place as the request. */
  readonly memory = new Uint8Array(BATCH * SLOT_BYTES);
  readonly #ring: IoRing;
  readonly #idle: IdleSockets;
  /** By slot: the number of the socket; -1 where none waits. */
  readonly #numbers = new Int32Array(BATCH).fill(-1);
  /** By slot: what {@link addLike} filled it with last, so that it need not again. */
  readonly #holds: (Uint8Array | null)[] = new Array(BATCH).fill(null);
  /** By a socket's number: the batch it was last sent with. It may be in each but once. */
  #lastBatch = new Uint32Array(0);
  readonly #onResult = (slot: number, result: number): void => this.#took(slot, result);
  readonly #hasSpareCore: () => boolean;
  #count = 0;
  /** The slot of the batch's first packet; its others are in the slots that follow, round and round. */
  #first = 0;
  #help = HELP_AT_FIRST;
  #rehearsed = 0;
  /** Tells batches apart. */
  #batch = 1;
  #usable = true;

  private constructor(ring: IoRing, idle: IdleSockets, hasSpareCore: () => boolean) {
    this.#ring = ring;
    this.#idle = idle;
    this.#hasSpareCore = hasSpareCore;
    const { low, high } = slotAddresses(ring.calls.addressOf(this.memory), BATCH, SLOT_BYTES);
    // what stays the same in a request is written once: the kernel does not change it
    const { words } = ring;
    for (let slot = 0, at = 0; slot < BATCH; slot++, at += REQUEST_WORDS) {
      words[at] = IORING_OP_SEND;
      words[at + 4] = low[slot] as number;
      words[at + 5] = high[slot] as number;
      words[at + 7] = MSG_DONTWAIT | MSG_NOSIGNAL;
      words[at + 8] = slot;
    }
  }

  /**
   * A sender to sockets that have a number among `idle`. `hasSpareCore` is asked before each batch whether a core has nothing to do:
   * then a thread of the kernel's sends a part of it. Null where the system offers no such calls, the library that makes them is
   * not installed, or `IOTB_TCP` is `net` or `plain`.
   */
  static async open(
    idle: IdleSockets,
    hasSpareCore: () => boolean,
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<BatchSender | null> {
    if (env["IOTB_TCP"] === "net" || env["IOTB_TCP"] === "plain") return null;
    const ring = await IoRing.open(BATCH, 2 * BATCH);
    if (ring === null) return null;
    // one at most; a kernel that knows no such limit (before Linux 5.15) takes as many as it likes
    ring.calls.register(ring.fd, IORING_REGISTER_IOWQ_MAX_WORKERS, Uint32Array.of(0, 1), 2);
    return new BatchSender(ring, idle, hasSpareCore);
  }

  /** Packets in a full batch: it is flushed by itself at that size. */
  get batchSize(): number {
    return BATCH;
  }

  /** Takes a packet, a copy, for a socket; false where it must be written as ever, because it is long or something waits before it. */
  add(socket: LeanSocket<unknown>, packet: Uint8Array): boolean {
    const slot = this.#slotFor(socket.number, packet.length);
    if (slot < 0) return false;
    this.#holds[slot] = null;
    this.memory.set(packet, slot * SLOT_BYTES);
    return true;
  }

  /**
   * Takes a packet like this one, which must never change, for the socket with this number. Answers where it starts in
   * {@link memory}: all that is to be another there must be written, each time, before the next one is added. -1 where it must be
   * written as ever, see {@link add}.
   */
  addLike(number: number, packet: Uint8Array): number {
    const slot = this.#slotFor(number, packet.length);
    if (slot < 0) return -1;
    const start = slot * SLOT_BYTES;
    if (this.#holds[slot] !== packet) {
      this.#holds[slot] = packet;
      this.memory.set(packet, start);
    }
    return start;
  }

  /** Sends what was added: when it returns, all of it is with the system. */
  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    this.#batch++;
    const isHelped = this.#hasSpareCore() || this.#rehearsed < REHEARSED_BATCHES;
    const helped = isHelped ? Math.min(this.#help, count >> 1) : 0;
    if (helped > 0) this.#sendWithHelp(count, helped);
    // requests that may not wait are over when they were handed over: their results are all there
    else if (!this.#ring.enter(count) || this.#ring.reap(this.#onResult, count) < count) this.#giveUp();
  }

  [Symbol.dispose](): void {
    this.#usable = false;
    this.#ring.close();
  }

  /** The slot for a packet of so many bytes to the socket with this number, its request filled in; -1 where there is none. */
  #slotFor(number: number, length: number): number {
    if (number < 0 || length > SLOT_BYTES || !this.#usable) return -1;
    if (number >= this.#lastBatch.length) {
      this.#lastBatch = grownFrom(new Uint32Array(this.#idle.fds.length), this.#lastBatch);
    }
    if (this.#count === BATCH || this.#lastBatch[number] === this.#batch) this.flush();
    const fd = this.#idle.fds[number] as number;
    if (fd < 0) return -1;
    this.#lastBatch[number] = this.#batch;
    const at = this.#ring.next();
    const slot = at / REQUEST_WORDS;
    if (this.#count++ === 0) this.#first = slot;
    const { words } = this.#ring;
    words[at + FD_WORD] = fd;
    words[at + LENGTH_WORD] = length;
    this.#numbers[slot] = number;
    return slot;
  }

  /**
   * Sends a batch whose first packets a thread of the kernel's sends on another core meanwhile. Nothing of it is under way any more
   * when it returns: an ordinary write to one of these sockets could otherwise get in between.
   */
  #sendWithHelp(count: number, helped: number): void {
    this.#rehearsed++;
    this.#mark(helped, SEND_ASIDE);
    let works = this.#ring.enter(0);
    let left = count - this.#ring.reap(this.#onResult, count);
    this.#help = Math.max(HELP_STEP, Math.min(BATCH / 2, this.#help + (left === 0 ? HELP_STEP : -HELP_STEP)));
    while (left > 0 && works) {
      works = this.#ring.enter(left);
      left -= this.#ring.reap(this.#onResult, left);
    }
    this.#mark(helped, IORING_OP_SEND);
    if (left > 0) this.#giveUp();
  }

  /** What the batch's first requests are. */
  #mark(requests: number, operation: number): void {
    const { words } = this.#ring;
    for (let i = 0; i < requests; i++) words[((this.#first + i) & (BATCH - 1)) * REQUEST_WORDS] = operation;
  }

  #took(slot: number, result: number): void {
    const number = this.#numbers[slot] as number;
    const length = this.#ring.words[slot * REQUEST_WORDS + LENGTH_WORD] as number;
    this.#numbers[slot] = -1;
    if (result === length || number < 0) return;
    // nothing or a part was taken, or the connection is broken: an ordinary write goes on from there, or finds out
    const start = slot * SLOT_BYTES;
    this.#idle.at(number)?.write(this.memory.slice(start + Math.max(0, result), start + length));
  }

  /** The kernel did not answer for some packets: whether they went out nobody can tell, so their connections end. */
  #giveUp(): void {
    this.#usable = false;
    for (const number of this.#numbers) if (number >= 0) this.#idle.at(number)?.destroy();
  }
}
