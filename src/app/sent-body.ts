/** Bodies up to this length are compared here: a call of the native comparison costs as much as so many bytes. */
const SHORT_BODY_BYTES = 512;

/** Bytes compared at a time: four numbers of 32 bits. */
const STEP = 16;

/** The body of a broadcast as it was sent, which every receipt's is compared with. */
export class SentBody {
  readonly #bytes: Buffer;
  /** The same as numbers, as far as they make up whole steps. */
  readonly #words: Int32Array;
  /** What was looked into last, and how: receipts share one buffer. */
  #seen: Buffer | null = null;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** Takes a copy. */
  constructor(body: Uint8Array) {
    this.#bytes = Buffer.from(body);
    const steps = body.length > SHORT_BODY_BYTES ? 0 : Math.floor(body.length / STEP);
    this.#words = Int32Array.from({ length: steps * (STEP / 4) }, (_, i) => this.#bytes.readInt32LE(i * 4));
  }

  /** Whether `bytes[start…end)` are the same. On the hot path. */
  isSame(bytes: Buffer, start: number, end: number): boolean {
    const sent = this.#bytes;
    const { length } = sent;
    if (end - start !== length) return false;
    if (length > SHORT_BODY_BYTES) return bytes.compare(sent, 0, length, start, end) === 0;
    const words = this.#words;
    if (bytes !== this.#seen) this.#look(bytes);
    const view = this.#view;
    let at = start;
    for (let i = 0; i < words.length; i += 4, at += STEP) {
      const difference =
        (view.getInt32(at, true) ^ (words[i] as number)) |
        (view.getInt32(at + 4, true) ^ (words[i + 1] as number)) |
        (view.getInt32(at + 8, true) ^ (words[i + 2] as number)) |
        (view.getInt32(at + 12, true) ^ (words[i + 3] as number));
      if (difference !== 0) return false;
    }
    for (let i = at - start; at < end; i++, at++) if (sent[i] !== bytes[at]) return false;
    return true;
  }

  #look(bytes: Buffer): void {
    this.#seen = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}
