import type { DeviceIndex } from "./device.js";

/** What receipts of one message have in common. */
export type BatchMessage = {
  /** Null where the topic carries none. */
  readonly messageId: string | null;
  /** Null for a full broadcast: each device's own topic. */
  readonly topic: string | null;
  readonly bytes: number;
  readonly payloadSha256: string;
  /** Only where payloads are kept. */
  readonly payload: Uint8Array | null;
};

/** Receipts in columns: what crosses a process border instead of one object a receipt. */
export type ReceiptBatch = {
  readonly messages: readonly BatchMessage[];
  readonly count: number;
  readonly device: Uint32Array;
  /** µs on the monotonic clock. */
  readonly at: Float64Array;
  /** Index into `messages`. */
  readonly message: Uint32Array;
  /** QoS in bit 0, DUP in bit 1. */
  readonly flags: Uint8Array;
};

/** Collects receipts into columns of a fixed size. */
export class ReceiptCollector {
  readonly #capacity: number;
  #batch = this.#empty(0);
  #messages: BatchMessage[] = [];
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#batch = this.#empty(capacity);
  }

  get isFull(): boolean {
    return this.#count === this.#capacity;
  }

  get count(): number {
    return this.#count;
  }

  /** Adds one receipt; `message` by identity, so that a run of receipts of one message names it once. The batch must not be full. */
  add(device: DeviceIndex, at: number, message: BatchMessage, qos: 0 | 1, dup: boolean): void {
    let index = this.#messages.length - 1;
    if (this.#messages[index] !== message) index = this.#messages.push(message) - 1;
    this.#batch.device[this.#count] = device;
    this.#batch.at[this.#count] = at;
    this.#batch.message[this.#count] = index;
    this.#batch.flags[this.#count] = qos | (dup ? 2 : 0);
    this.#count++;
  }

  /** Takes what was collected, cut to its length, and starts anew. */
  take(): ReceiptBatch {
    const { device, at, message, flags } = this.#batch;
    const n = this.#count;
    const taken: ReceiptBatch = {
      messages: this.#messages,
      count: n,
      device: device.slice(0, n),
      at: at.slice(0, n),
      message: message.slice(0, n),
      flags: flags.slice(0, n),
    };
    this.#messages = [];
    this.#count = 0;
    return taken;
  }

  #empty(size: number) {
    return {
      device: new Uint32Array(size),
      at: new Float64Array(size),
      message: new Uint32Array(size),
      flags: new Uint8Array(size),
    };
  }
}
