import { Duplex } from "node:stream";

/** A connection's stream of bytes without a socket: what is written is kept, what is received is handed in at once. */
export class ByteStream extends Duplex {
  readonly written: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(chunk);
    done();
  }

  /** Hands bytes to the listener, as a socket does, unless the stream was destroyed. */
  receive(chunk: Buffer): void {
    if (!this.destroyed) this.emit("data", chunk);
  }
}
