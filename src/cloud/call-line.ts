import { connect as connectTcp, isIP, Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Why a line was cut from this side. */
export type CutReason = "aborted" | "connect-timeout" | "answer-timeout" | "answer-too-large";

/** Where and how to connect. */
export type LineOptions = {
  readonly url: URL;
  /** PEM, instead of Node's roots. */
  readonly ca: string | undefined;
  /** Name look-up, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** From when the request can leave to the last byte of the answer. */
  readonly answerTimeoutMs: number;
  readonly signal: AbortSignal;
};

/** Answers of the API are a few kilobytes; a page of 50 devices is about 20. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** How often the length of the answer is looked at. */
const WATCH_MS = 50;

/** Takes a connection, or why there is none: of Node's `createConnection`. */
type TakeSocket = (error: Error | null, socket: Socket) => void;

/**
 * The connection of one call. It exists because the HTTP library below pop-core cannot tell whether a call may have reached
 * the platform: its "connect timeout" is the socket's idle timeout and also fires when an answer is late. Here `sent` turns
 * true exactly when bytes of the request can leave: when the call was released and there is a TCP connection, with TLS the end of
 * its handshake. Until it is released the request waits beside its connection.
 * One line per call, never reused: a kept-alive connection that the server is closing would make fates unknown.
 */
export class CallLine implements Disposable {
  readonly #options: LineOptions;
  readonly #onAbort = (): void => this.#cut("aborted");
  #socket: Socket | null = null;
  /** The request that waits for its release. */
  #take: TakeSocket | null = null;
  #released = false;
  #connected = false;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #sent = false;
  #failure: string | null = null;
  #reason: CutReason | null = null;
  #closed = false;
  #announce: (reason: CutReason) => void = () => {};
  #decided: () => void = () => {};
  /** Resolves when this side cuts the line; never rejects, and stays open if that never happens. */
  readonly cut: Promise<CutReason>;
  /** Resolves when it is connected, or will never be; never rejects. */
  readonly decided: Promise<void>;

  constructor(options: LineOptions) {
    this.#options = options;
    this.cut = new Promise((resolve) => {
      this.#announce = resolve;
    });
    this.decided = new Promise((resolve) => {
      this.#decided = resolve;
    });
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal.aborted) this.#cut("aborted");
  }

  /** Whether a part of the request may have left this machine. */
  get sent(): boolean {
    return this.#sent;
  }

  /** The error code of the connection (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), or null. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Whether there is no connection any more, or never was one, and nothing was sent. */
  get isVoid(): boolean {
    return !this.#sent && (this.#closed || this.#socket?.destroyed === true);
  }

  /** Opens the connection; to be called once, by the HTTP request, as its `createConnection`. */
  open(take: TakeSocket): Socket | undefined {
    // The library gets here a few turns after the call began: the call may be over by then.
    if (this.#closed) return new Socket().destroy();
    const socket = this.#dial();
    if (this.#released) return socket;
    this.#take = take;
    return undefined;
  }

  /** Lets the request go, once: at once where it is connected, else as soon as it is. */
  release(): void {
    this.#released = true;
    const take = this.#take;
    this.#take = null;
    if (this.#closed || this.#socket === null) return;
    if (this.#connected) this.#sending();
    take?.(null, this.#socket);
  }

  /** Ends the connection and the timers. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#socket?.destroy();
    this.#decided();
    // a request that never gets a connection would wait for one for ever
    this.#take?.(new Error("given up"), new Socket().destroy());
    this.#take = null;
  }

  #dial(): Socket {
    const { url, ca, connectTimeoutMs } = this.#options;
    const tls = url.protocol === "https:";
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const port = Number(url.port || (tls ? 443 : 80));
    const socket = tls
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...(ca === undefined ? {} : { ca }) })
      : connectTcp({ host, port });
    this.#socket = socket;
    socket.on("error", (error: Error & { code?: unknown }) => {
      this.#failure ??= typeof error.code === "string" ? error.code : error.name;
    });
    socket.once("close", this.#decided);
    socket.once(tls ? "secureConnect" : "connect", () => {
      clearTimeout(this.#timer);
      this.#connected = true;
      if (this.#released) this.#sending();
      this.#decided();
    });
    this.#timer = setTimeout(() => this.#cut("connect-timeout"), connectTimeoutMs);
    return socket;
  }

  #sending(): void {
    this.#sent = true;
    this.#timer = setTimeout(() => this.#cut("answer-timeout"), this.#options.answerTimeoutMs);
    this.#watch = setInterval(() => {
      if ((this.#socket?.bytesRead ?? 0) > MAX_ANSWER_BYTES) this.#cut("answer-too-large");
    }, WATCH_MS);
  }

  #cut(reason: CutReason): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#announce(reason);
    this[Symbol.dispose]();
  }
}
