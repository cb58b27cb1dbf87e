/**
 * Node's own TCP, below `net`: the handle that every `net.Socket` wraps. Only what is used here is described; the shapes were read
 * in Node 20's sources (lib/net.js, src/stream_base.cc) and are checked when the binding is opened.
 */
export type TcpHandle = {
  /** Called with the handle as `this`; what happened stands in {@link TcpBinding.state}. */
  onread: (this: TcpHandle) => void;
  /** Ours: whom the handle belongs to. */
  owner: unknown;
  readonly fd: number;
  setNoDelay(on: boolean): number;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  connect(request: ConnectRequest, address: string, port: number): number;
  connect6(request: ConnectRequest, address: string, port: number): number;
  bind(address: string, port: number): number;
  bind6(address: string, port: number, flags: number): number;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  writev(request: WriteRequest, chunks: readonly Uint8Array[], allBuffers: true): number;
  shutdown(request: ShutdownRequest): number;
  close(closed: (this: TcpHandle) => void): void;
  getpeername(into: { address?: string }): number;
};

/** A connection attempt under way. */
export type ConnectRequest = { oncomplete: (status: number) => void };

/** A write under way; the system may hold `bytes` until `oncomplete`. */
export type WriteRequest = {
  oncomplete: (this: WriteRequest, status: number) => void;
  owner: unknown;
  bytes: number;
  held: unknown;
};

/** The sending of a FIN under way. */
export type ShutdownRequest = { oncomplete: (this: ShutdownRequest, status: number) => void; owner: unknown };

/** A handle on something of the system's that can be waited for and read. */
export type WatchedHandle = Pick<TcpHandle, "useUserBuffer" | "readStart"> & {
  onread: () => void;
  close(closed: () => void): void;
};

/** The parts of Node's TCP that {@link openTcpBinding} found. */
export type TcpBinding = {
  createHandle(): TcpHandle;
  createConnectRequest(): ConnectRequest;
  createWriteRequest(): WriteRequest;
  createShutdownRequest(): ShutdownRequest;
  /** Watches a descriptor that is neither a socket nor a file; null where this Node will not. It is closed with the handle. */
  readonly watch: ((fd: number) => WatchedHandle | null) | null;
  /** What the last read or write came to, at the places below. */
  readonly state: Int32Array;
  /** Bytes read, or a negative error number. */
  readonly readBytesOrError: number;
  /** 1 where the last write was not taken whole and goes on by itself. */
  readonly lastWriteWasAsync: number;
};

type Constructor<T> = new (kind?: number) => T;

type TcpWrap = {
  readonly TCP: Constructor<TcpHandle>;
  readonly TCPConnectWrap: Constructor<ConnectRequest>;
  readonly constants: { readonly SOCKET: number };
};

type StreamWrap = {
  readonly WriteWrap: Constructor<WriteRequest>;
  readonly ShutdownWrap: Constructor<ShutdownRequest>;
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
};

type PipeWrap = {
  readonly Pipe: Constructor<WatchedHandle & { open(fd: number): number | undefined }>;
  readonly constants: { readonly SOCKET: number };
};

const METHODS = [
  "setNoDelay",
  "useUserBuffer",
  "readStart",
  "readStop",
  "connect",
  "connect6",
  "bind",
  "bind6",
  "writeBuffer",
];
const MORE_METHODS = ["writev", "shutdown", "close", "getpeername"];

/**
 * Node's TCP without `net`, or null where this Node does not hand it out (`process.binding` is deprecated, and closed under the
 * permission model) or it does not look as expected: then sockets of `net` serve. It is used because a `net.Socket` costs about
 * 2.5 KB and a tenth of the CPU of a delivery, which decides how large a fleet one machine holds. `IOTB_TCP=net` does without.
 */
export const openTcpBinding = (env: NodeJS.ProcessEnv = process.env): TcpBinding | null => {
  if (env["IOTB_TCP"] === "net") return null;
  try {
    const { binding } = process as unknown as { binding(name: string): unknown };
    const tcp = binding.call(process, "tcp_wrap") as TcpWrap;
    const stream = binding.call(process, "stream_wrap") as StreamWrap;
    const methods: Readonly<Record<string, unknown>> = tcp.TCP.prototype;
    if (![...METHODS, ...MORE_METHODS].every((name) => typeof methods[name] === "function")) return null;
    const { streamBaseState: state, kReadBytesOrError, kLastWriteWasAsync } = stream;
    if (!(state instanceof Int32Array) || state[kReadBytesOrError] === undefined) return null;
    if (state[kLastWriteWasAsync] === undefined || !Number.isInteger(tcp.constants.SOCKET)) return null;
    const { WriteWrap, ShutdownWrap } = stream;
    return {
      createHandle: () => new tcp.TCP(tcp.constants.SOCKET),
      createConnectRequest: () => new tcp.TCPConnectWrap(),
      createWriteRequest: () => new WriteWrap(),
      createShutdownRequest: () => new ShutdownWrap(),
      watch: watchWith(binding.call(process, "pipe_wrap") as PipeWrap),
      state,
      readBytesOrError: kReadBytesOrError,
      lastWriteWasAsync: kLastWriteWasAsync,
    };
  } catch {
    return null;
  }
};

/** libuv's pipes take any descriptor that can be polled. */
const watchWith = ({ Pipe, constants }: PipeWrap): TcpBinding["watch"] => {
  if (typeof Pipe?.prototype.open !== "function") return null;
  return (fd) => {
    const handle = new Pipe(constants.SOCKET);
    if (!handle.open(fd)) return handle;
    handle.close(() => undefined);
    return null;
  };
};
