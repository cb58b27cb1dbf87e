/** A socket as far as it is watched here. */
type Closable = { destroy(): unknown };

/** How long an ended socket may take to close before it is destroyed, ms. */
const CLOSING_GRACE_MS = 2000;

/**
 * Every socket of an engine from its creation to its close, so that none outlives the engine: a peer that does not answer the
 * end of a connection is cut off after two seconds.
 */
export class OpenSockets implements AsyncDisposable {
  #open = 0;
  /** Ended sockets, oldest first, with the time of their end in ms of `performance.now()`. */
  readonly #ending = new Map<Closable, number>();
  #timer: NodeJS.Timeout | null = null;
  #allClosed: (() => void) | null = null;

  /** A socket was created. Its owner must report {@link closed}. */
  opened(): void {
    this.#open++;
  }

  /** A socket was ended gracefully: it must close within the grace. */
  ending(socket: Closable): void {
    this.#ending.set(socket, performance.now());
    this.#timer ??= setInterval(() => this.#sweep(), CLOSING_GRACE_MS / 4);
  }

  /** A socket's `close` event came. */
  closed(socket: Closable): void {
    this.#ending.delete(socket);
    if (this.#ending.size === 0) this.#stop();
    if (--this.#open === 0) this.#allClosed?.();
  }

  /** Resolves when every socket has closed. The owner has ended or destroyed all of them before. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open > 0) {
      await new Promise<void>((resolve) => {
        this.#allClosed = resolve;
      });
    }
    this.#stop();
  }

  #sweep(): void {
    const oldest = performance.now() - CLOSING_GRACE_MS;
    for (const [socket, since] of this.#ending) {
      if (since > oldest) break;
      socket.destroy();
    }
  }

  #stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
