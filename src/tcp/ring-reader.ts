import { grownFrom } from "./grown.js";
import { DEFERRED, IoRing, REQUEST_WORDS } from "./io-ring.js";
import type { Mapping } from "./kernel-calls.js";
import type { LeanSocket, SocketHandlers } from "./lean-socket.js";
import { type SlotAddresses, slotAddresses } from "./slot-addresses.js";
import type { TcpBinding, WatchedHandle } from "./tcp-binding.js";

/** Buffers that the kernel fills, and their size, bytes: a message of a device fits into one; a longer one comes in pieces. */
const BUFFERS = 512;
const BUFFER_BYTES = 1024;

/** Sockets that there is room for at first. */
const FIRST_ROOM = 64;

const REQUESTS = 256;
const RESULTS = 4096;

/**
 * Results told in one turn of the event loop: a share of the receivers' number, within bounds. What is left is told in the next turn,
 * so that timers and writes have theirs; each turn costs as much as some ten results.
 */
const TURN_SHARE = 0.02;
const FEWEST_PER_TURN = 512;
const MOST_PER_TURN = 2048;

/** So many results at once are the sign that more are on their way. */
const MANY = 4;
/** So many more are then waited for, because each waking costs as much as some of them. */
const AWAITED = 64;
/**
 * How long at most, µs: by the receivers of such a flood, so that it is less than a hundredth of what a message to each of them takes;
 * and in no case longer than for 100,000.
 */
const PATIENCE_US_PER_RECEIVER = 0.07;
const MOST_PATIENCE_US = 7000;

/**
 * Time spent waiting in one turn of the event loop, ms, or some times the patience where that is longer; then timers and writes have
 * their turn: what trickles in may be many and no flood.
 */
const WAIT_MS_PER_TURN = 20;
const WAITS_PER_TURN = 8;

/** [io_uring_enter(2)] */
const IORING_OP_ASYNC_CANCEL = 14;
const IORING_OP_RECV = 27;
const IOSQE_BUFFER_SELECT = 1 << 5;
const IORING_RECV_MULTISHOT = 1 << 1;
const IORING_CQE_F_BUFFER = 1;
const IORING_CQE_F_MORE = 2;
/** [io_uring_register(2)] */
const IORING_REGISTER_EVENTFD = 4;
const IORING_REGISTER_PBUF_RING = 22;
const ENOBUFS = -105;
const ECANCELED = -125;

/** The number of a cancellation: its own result says nothing. */
const NOBODY = 0xffff_ffff;

/**
 * Reads many sockets without a system call and without a call from Node for each: the kernel puts what arrives into buffers of ours
 * (io_uring, multishot receive) and says by one event that there is something. It halves what a message costs its receiver.
 */
export class RingReader<O> implements Disposable {
  readonly #ring: IoRing;
  /** The table of buffers that are the kernel's to fill: 16 bytes each, the tail within the first. */
  readonly #table: Mapping;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  /** All buffers, one behind the other: one object, however many there are. */
  readonly #memory = Buffer.allocUnsafeSlow(BUFFERS * BUFFER_BYTES);
  readonly #addresses: SlotAddresses;
  #tail = 0;
  readonly #handlers: SocketHandlers<O>;
  readonly #patienceUs: number;
  readonly #resultsPerTurn: number;
  readonly #waitMsPerTurn: number;
  /** The sockets by the number of their request; undefined where it is over. */
  readonly #sockets: (LeanSocket<O> | null | undefined)[] = [];
  /** Who hears of what they read, by the same number: a message is told without a look at the socket, which is in no cache. */
  readonly #owners: (O | null)[] = [];
  #tags = new Int32Array(FIRST_ROOM);
  readonly #free: number[] = [];
  readonly #handle: WatchedHandle;
  /** What the event, 8 bytes, is read into: never filled, or libuv would read on within its turn. The handle does not keep it alive. */
  readonly #signal = Buffer.allocUnsafeSlow(16);
  readonly #onResult = (request: number, result: number, flags: number): void => this.#took(request, result, flags);
  #soon: NodeJS.Immediate | null = null;
  #sleptUs = 0;
  #closed = false;

  private constructor(
    ring: IoRing,
    table: Mapping,
    handle: WatchedHandle,
    handlers: SocketHandlers<O>,
    receivers: number,
  ) {
    this.#handlers = handlers;
    this.#patienceUs = Math.min(MOST_PATIENCE_US, Math.ceil(receivers * PATIENCE_US_PER_RECEIVER));
    this.#resultsPerTurn = Math.min(MOST_PER_TURN, Math.max(FEWEST_PER_TURN, Math.ceil(receivers * TURN_SHARE)));
    this.#waitMsPerTurn = Math.max(WAIT_MS_PER_TURN, (WAITS_PER_TURN * this.#patienceUs) / 1000);
    this.#ring = ring;
    this.#table = table;
    this.#words = new Uint32Array(table.memory);
    this.#halves = new Uint16Array(table.memory);
    this.#handle = handle;
    this.#addresses = slotAddresses(ring.calls.addressOf(this.#memory), BUFFERS, BUFFER_BYTES);
    for (let id = 0; id < BUFFERS; id++) this.#giveBuffer(id);
    handle.onread = () => this.#drain();
    handle.useUserBuffer(this.#signal);
    handle.readStart();
  }

  /**
   * A reader for a flood of messages to so many receivers, in this process and in others. Null where the system has no such thing, the
   * library that makes its calls is not installed, or `IOTB_TCP` is `net` or `plain`.
   */
  static async open<O>(
    tcp: TcpBinding,
    handlers: SocketHandlers<O>,
    receivers: number,
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<RingReader<O> | null> {
    if (env["IOTB_TCP"] === "net" || env["IOTB_TCP"] === "plain" || tcp.watch === null) return null;
    const ring = await IoRing.open(REQUESTS, RESULTS, DEFERRED);
    if (ring === null) return null;
    const { calls, fd } = ring;
    const event = calls.eventfd();
    const handle = event < 0 ? null : tcp.watch(event);
    try {
      if (handle === null) throw new Error("an event cannot be watched");
      const table = calls.allocate(BUFFERS * 16);
      const registration = Uint32Array.of(
        Number(table.address & 0xffff_ffffn),
        Number(table.address >> 32n),
        ...[BUFFERS, 0, 0, 0, 0, 0, 0, 0],
      );
      const known =
        calls.register(fd, IORING_REGISTER_PBUF_RING, registration, 1) === 0 &&
        calls.register(fd, IORING_REGISTER_EVENTFD, Uint32Array.of(event), 1) === 0;
      if (!known) throw new Error("no buffers or events here");
      return new RingReader(ring, table, handle, handlers, receivers);
    } catch {
      handle?.close(() => undefined);
      if (handle === null && event >= 0) calls.close(event);
      ring.close();
      return null;
    }
  }

  /** How long the thread has slept waiting for results, outside of the event loop, which takes it for busy meanwhile; µs. */
  get sleptUs(): number {
    return this.#sleptUs;
  }

  /** Reads a connected socket from now on. */
  attach(socket: LeanSocket<O>, owner: O): void {
    const request = this.#free.pop() ?? this.#sockets.length;
    this.#sockets[request] = socket;
    this.#owners[request] = owner;
    if (request >= this.#tags.length) this.#tags = grownFrom(new Int32Array(this.#tags.length * 2), this.#tags);
    this.#tags[request] = this.#handlers.tagOf(owner);
    socket.request = request;
    this.#receive(request, socket.fd);
    this.#soon ??= setImmediate(() => this.#drain());
  }

  /** Reads it no more, from here on: it is about to be closed, and a request under way would keep it open. */
  detach(socket: LeanSocket<O>): void {
    const { request } = socket;
    if (request < 0) return;
    this.#forget(socket, request);
    const at = this.#next();
    const { words } = this.#ring;
    words[at] = IORING_OP_ASYNC_CANCEL;
    words[at + 4] = request;
    words[at + 8] = NOBODY;
    this.#ring.enter(1);
    this.#soon ??= setImmediate(() => this.#drain());
  }

  /** No socket is attached any more, or it does not matter. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#soon !== null) clearImmediate(this.#soon);
    this.#handle.close(() => undefined);
    this.#ring.close();
    this.#table.unmap();
  }

  /** A request that is all zero but for what the caller sets. */
  #next(): number {
    if (this.#ring.isFull) this.#ring.enter(0);
    const at = this.#ring.next();
    this.#ring.words.fill(0, at, at + REQUEST_WORDS);
    return at;
  }

  #receive(request: number, fd: number): void {
    const at = this.#next();
    const { words } = this.#ring;
    words[at] = IORING_OP_RECV | (IOSQE_BUFFER_SELECT << 8) | (IORING_RECV_MULTISHOT << 16);
    words[at + 1] = fd;
    words[at + 8] = request;
  }

  #giveBuffer(id: number): void {
    const place = this.#tail & (BUFFERS - 1);
    const at = place * 4;
    this.#words[at] = this.#addresses.low[id] as number;
    this.#words[at + 1] = this.#addresses.high[id] as number;
    this.#words[at + 2] = BUFFER_BYTES;
    this.#halves[place * 8 + 6] = id;
    this.#tail = (this.#tail + 1) & 0xffff;
    // the tail lies in the last two bytes of the first entry; the kernel looks at it only during a call
    this.#halves[7] = this.#tail;
  }

  /** Lets the kernel fill in results and tells them, until there are none: only then it surely signals the next one. */
  #drain(): void {
    if (this.#soon !== null) clearImmediate(this.#soon);
    this.#soon = null;
    const { calls } = this.#ring;
    let [told, count, waitedMs, from, cpuUs] = [0, 0, 0, 0, 0];
    do {
      if (count < MANY) this.#ring.enter(0);
      else {
        const before = performance.now();
        if (waitedMs === 0) [from, cpuUs] = [before, calls.threadCpuUs()];
        this.#ring.await(AWAITED, this.#patienceUs);
        waitedMs += performance.now() - before;
      }
      this.#handlers.arrived();
      count = this.#ring.reap(this.#onResult, this.#resultsPerTurn);
      told += count;
    } while (count > 0 && told < this.#resultsPerTurn && waitedMs < this.#waitMsPerTurn && !this.#closed);
    if (waitedMs > 0) {
      // part of the waiting was the kernel's work for this thread, which is CPU time; the rest of the turn is work, too
      const restedUs = (performance.now() - from) * 1000 - (calls.threadCpuUs() - cpuUs);
      this.#sleptUs += Math.min(waitedMs * 1000, Math.max(0, restedUs));
    }
    if (count > 0 && !this.#closed) this.#soon ??= setImmediate(() => this.#drain());
  }

  #took(request: number, result: number, flags: number): void {
    if (request === NOBODY) return;
    const over = (flags & IORING_CQE_F_MORE) === 0;
    const id = flags >>> 16;
    const owner = this.#owners[request];
    if (owner !== null && owner !== undefined) {
      if (result > 0) {
        const start = id * BUFFER_BYTES;
        this.#handlers.received(owner, this.#tags[request] as number, this.#memory, start, start + result);
      } else if (result !== ENOBUFS && result !== ECANCELED) this.#ended(request, result);
    }
    if ((flags & IORING_CQE_F_BUFFER) !== 0) this.#giveBuffer(id);
    if (over && !this.#closed) this.#over(request);
  }

  /** The peer has ended, 0, or the connection is broken. */
  #ended(request: number, result: number): void {
    const socket = this.#sockets[request];
    if (!socket) return;
    this.#forget(socket, request);
    socket.readEnded(result);
  }

  /** The request was given up by the kernel, for want of a buffer say, or is over for good. */
  #over(request: number): void {
    const socket = this.#sockets[request];
    if (socket) {
      this.#receive(request, socket.fd);
      this.#soon ??= setImmediate(() => this.#drain());
    } else {
      this.#sockets[request] = undefined;
      this.#free.push(request);
    }
  }

  #forget(socket: LeanSocket<O>, request: number): void {
    socket.request = -1;
    this.#sockets[request] = null;
    this.#owners[request] = null;
  }
}
