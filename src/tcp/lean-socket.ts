import { getSystemErrorName } from "node:util";
import type { IdleSockets } from "./idle-sockets.js";
import type { RingReader } from "./ring-reader.js";
import type { ShutdownRequest, TcpBinding, TcpHandle, WriteRequest } from "./tcp-binding.js";

/** Who hears from the sockets of one kind, with the owner that each was given: one object for all, not listeners a socket. */
export type SocketHandlers<O> = {
  connected(owner: O): void;
  /** What `received` tells next has come by now: once before several of them, where they are read together. */
  arrived(): void;
  /** A number of the owner's that `received` is told beside it, so that it need not look at the owner. */
  tagOf(owner: O): number;
  /** `bytes[start…end)` is valid during the call only. */
  received(owner: O, tag: number, bytes: Buffer, start: number, end: number): void;
  /** Everything that waited to be sent has been taken by the system. */
  drained(owner: O): void;
  /** Before `closed`; `code` is the system's name of the error. */
  failed(owner: O, error: NodeJS.ErrnoException): void;
  /** The last word, once. */
  closed(owner: O): void;
};

/** What all sockets of one kind share. */
export type SocketShare<O> = {
  readonly tcp: TcpBinding;
  readonly handlers: SocketHandlers<O>;
  /** Every socket reads into it: reading is synchronous, so one is enough. */
  readonly readBuffer: Buffer;
  /** A write request that no write needs: one that is taken whole at once leaves it unused. */
  spareWrite: WriteRequest;
  /** What reads them all at once; null where each is read by itself. */
  readonly reader: RingReader<O> | null;
  /** Where they are to be found by number, for a `BatchSender`; null where none sends to them. */
  readonly idle: IdleSockets | null;
};

/** One read takes at most so many bytes: some hundred receipts. */
const READ_BUFFER_BYTES = 64 * 1024;

/** A share without sockets yet; `reader` has the same handlers. */
export const createSocketShare = <O>(
  tcp: TcpBinding,
  handlers: SocketHandlers<O>,
  reader: RingReader<O> | null = null,
  idle: IdleSockets | null = null,
): SocketShare<O> => ({
  reader,
  idle,
  tcp,
  handlers,
  readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
  spareWrite: tcp.createWriteRequest(),
});

/** libuv's end of a stream. */
const UV_EOF = -4095;

/** An error of the system as Node's own sockets report it. */
const systemError = (status: number, syscall: string): NodeJS.ErrnoException => {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno: status, syscall });
};

// one function for all handles and requests, not one a socket: `this` leads to the socket
function onRead(this: TcpHandle): void {
  (this.owner as LeanSocket<unknown>).readSome();
}
function onClosed(this: TcpHandle): void {
  (this.owner as LeanSocket<unknown>).handleClosed();
}
function onWritten(this: WriteRequest, status: number): void {
  (this.owner as LeanSocket<unknown>).written(this.bytes, status);
}
function onShutdown(this: ShutdownRequest, status: number): void {
  // the peer may be gone already: then reading says so
  if (status !== 0) (this.owner as LeanSocket<unknown>).destroy();
}

const OPENING = 0;
const OPEN = 1;
/** Told to end; what waits goes out first, and the peer is still read. */
const ENDING = 2;
/** The peer has ended; what waits goes out, then it closes. */
const FINISHING = 3;
const CLOSED = 4;

/**
 * A TCP socket with no stream, emitter or buffer of its own, made of {@link TcpBinding}: about a tenth of the JavaScript memory of a
 * `net.Socket`. It behaves as one with `allowHalfOpen: false`: the peer's end ends it.
 */
export class LeanSocket<O> {
  /** Bytes written that the system has not taken yet; those of a write that was taken in part count whole. */
  writableLength = 0;
  /** Its number among {@link IdleSockets}; -1 where it has none. */
  number = -1;
  /** The system's number of the socket; -1 before it is connected and once it is closed. */
  fd = -1;
  /** The number of its request while a {@link RingReader} reads it; -1 otherwise. */
  request = -1;
  readonly #share: SocketShare<O>;
  readonly #handle: TcpHandle;
  #owner: O | null = null;
  #phase = OPENING;

  /** Takes over a handle. Call {@link belongTo} within the same turn, and {@link start} once it is connected. */
  constructor(share: SocketShare<O>, handle: TcpHandle) {
    this.#share = share;
    this.#handle = handle;
    handle.owner = this;
  }

  /** Whom the handlers are called for. */
  belongTo(owner: O): void {
    this.#owner = owner;
  }

  /** The peer's address, or undefined where there is no connection. */
  get remoteAddress(): string | undefined {
    const into: { address?: string } = {};
    if (this.#phase !== CLOSED) this.#handle.getpeername(into);
    return into.address;
  }

  /** Whether what is written has a chance to arrive. */
  get writable(): boolean {
    return this.#phase === OPEN;
  }

  /** Whether it is open and nothing waits, so that what is sent now comes next. */
  get isIdle(): boolean {
    return this.#phase === OPEN && this.writableLength === 0;
  }

  /** The connection stands: reads from now on. */
  start(): void {
    if (this.#phase !== OPENING) return;
    this.#phase = OPEN;
    this.fd = this.#handle.fd;
    this.#handle.setNoDelay(true);
    const { reader, readBuffer, idle } = this.#share;
    if (idle !== null) this.number = idle.enter(this);
    this.#tellIdle();
    if (reader !== null) {
      reader.attach(this, this.#owner as O);
      return;
    }
    this.#handle.onread = onRead;
    this.#handle.useUserBuffer(readBuffer);
    const status = this.#handle.readStart();
    if (status !== 0) this.#failSoon(status, "read");
  }

  /**
   * Sends bytes, all of them: what the system does not take at once is kept, in order. Answers whether it took everything, so that
   * the caller may use `bytes` again; otherwise they belong to the socket.
   */
  write(bytes: Uint8Array): boolean {
    if (this.#phase !== OPEN) return true;
    const { tcp, spareWrite } = this.#share;
    return this.#sent(this.#handle.writeBuffer(spareWrite, bytes), bytes.length, bytes, tcp);
  }

  /** {@link write} of two pieces at once. */
  writePair(head: Uint8Array, body: Uint8Array): boolean {
    if (this.#phase !== OPEN) return true;
    const { tcp, spareWrite } = this.#share;
    const pieces = [head, body];
    return this.#sent(this.#handle.writev(spareWrite, pieces, true), head.length + body.length, pieces, tcp);
  }

  /** Ends the connection behind what was written, the given bytes last. It closes when the peer has ended too. */
  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.write(bytes);
    if (this.#phase === OPENING) this.destroy();
    if (this.#phase !== OPEN) return;
    this.#phase = ENDING;
    this.#tellIdle();
    const request = this.#share.tcp.createShutdownRequest();
    request.owner = this;
    request.oncomplete = onShutdown;
    if (this.#handle.shutdown(request) !== 0) this.destroy();
  }

  /** Reads nothing until it is resumed: what the peer sends piles up at the system. */
  pause(): void {
    if (this.#phase !== OPEN && this.#phase !== ENDING) return;
    if (this.#share.reader === null) this.#handle.readStop();
    else this.#share.reader.detach(this);
  }

  resume(): void {
    if (this.#phase !== OPEN && this.#phase !== ENDING) return;
    if (this.#share.reader === null) this.#handle.readStart();
    else if (this.request < 0) this.#share.reader.attach(this, this.#owner as O);
  }

  /** Closes at once; what waits is lost. */
  destroy(): void {
    if (this.#phase === CLOSED) return;
    this.#phase = CLOSED;
    this.#tellIdle();
    this.#share.reader?.detach(this);
    this.fd = -1;
    this.#handle.close(onClosed);
  }

  /** The attempt to connect came to this status: starts, or fails. */
  dialled(status: number): void {
    if (this.#phase !== OPENING) return;
    if (status !== 0) {
      this.#fail(status, "connect");
      return;
    }
    this.start();
    this.#share.handlers.connected(this.#owner as O);
  }

  /** It will never be usable: an error that `failed` hears of before `closed`, not within the call. */
  abandon(status: number, syscall: string): void {
    this.#failSoon(status, syscall);
  }

  /** The handle's `onread`. */
  readSome(): void {
    const { tcp, handlers, readBuffer } = this.#share;
    const length = tcp.state[tcp.readBytesOrError] as number;
    if (this.#phase === CLOSED || length === 0) return;
    if (length > 0) {
      handlers.arrived();
      const owner = this.#owner as O;
      handlers.received(owner, handlers.tagOf(owner), readBuffer, 0, length);
    } else if (length === UV_EOF) this.#peerEnded();
    else this.#fail(length, "read");
  }

  /** A {@link RingReader} has nothing more to read: 0 is the peer's end, else an error number. */
  readEnded(status: number): void {
    if (this.#phase === CLOSED) return;
    if (status === 0) this.#peerEnded();
    else this.#fail(status, "read");
  }

  /** A write that went on by itself is over. */
  written(bytes: number, status: number): void {
    this.writableLength -= bytes;
    this.#tellIdle();
    if (this.#phase === CLOSED) return;
    if (status !== 0) this.#fail(status, "write");
    else if (this.writableLength > 0) return;
    else if (this.#phase === FINISHING) this.destroy();
    else this.#share.handlers.drained(this.#owner as O);
  }

  /** The handle is closed for good. */
  handleClosed(): void {
    if (this.number >= 0) this.#share.idle?.leave(this.number);
    this.number = -1;
    this.#share.handlers.closed(this.#owner as O);
  }

  #sent(status: number, length: number, held: unknown, tcp: TcpBinding): boolean {
    if (status !== 0) {
      this.#failSoon(status, "write");
      return true;
    }
    if (tcp.state[tcp.lastWriteWasAsync] === 0) return true;
    const request = this.#share.spareWrite;
    this.#share.spareWrite = tcp.createWriteRequest();
    request.owner = this;
    request.bytes = length;
    request.held = held;
    request.oncomplete = onWritten;
    this.writableLength += length;
    this.#tellIdle();
    return false;
  }

  #tellIdle(): void {
    const { idle } = this.#share;
    if (idle !== null && this.number >= 0) idle.fds[this.number] = this.isIdle ? this.fd : -1;
  }

  #peerEnded(): void {
    if (this.writableLength === 0) this.destroy();
    else this.#phase = FINISHING; // not idle: something waits
  }

  #failSoon(status: number, syscall: string): void {
    // a caller in the middle of a loop over sockets must not find its loop changed
    process.nextTick(() => this.#fail(status, syscall));
  }

  #fail(status: number, syscall: string): void {
    if (this.#phase === CLOSED) return;
    this.#share.handlers.failed(this.#owner as O, systemError(status, syscall));
    this.destroy();
  }
}
