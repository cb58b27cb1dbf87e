import type { DeviceIndex } from "../domain/device.js";
import { type BatchMessage, ReceiptCollector } from "../domain/receipt-batch.js";
import type { Micros } from "../domain/time.js";
import { sha256Hex } from "../protocol/sha256.js";
import type { ShardChannel } from "./shard-messages.js";

/** Receipts in one batch at most. */
const CAPACITY = 8192;

/**
 * Sends a shard's receipts to the coordinator in batches, off the hot path: a receipt of the same message as the one before is
 * a compare of bytes and four stores. The hash of a payload is taken once per message, not per receipt.
 */
export class ReceiptStream {
  readonly #channel: ShardChannel;
  readonly #keepPayloads: boolean;
  readonly #collector = new ReceiptCollector(CAPACITY);
  /** The last message, with the bytes it came in. */
  #last: { readonly message: BatchMessage; readonly tag: Buffer; readonly body: Buffer } | null = null;

  constructor(channel: ShardChannel, keepPayloads: boolean) {
    this.#channel = channel;
    this.#keepPayloads = keepPayloads;
  }

  /** `tag` is what tells messages apart beside the body: the message id of a full broadcast (`ownTopic`), else the topic. */
  add(device: DeviceIndex, at: Micros, tag: Buffer, ownTopic: boolean, body: Buffer, qos: 0 | 1, dup: boolean): void {
    let last = this.#last;
    if (
      last === null ||
      (last.message.topic === null) !== ownTopic ||
      !last.tag.equals(tag) ||
      !last.body.equals(body)
    ) {
      last = {
        tag: Buffer.from(tag),
        body: Buffer.from(body),
        message: {
          messageId: ownTopic ? tag.toString("latin1") : null,
          topic: ownTopic ? null : tag.toString("utf8"),
          bytes: body.length,
          payloadSha256: sha256Hex(body),
          payload: this.#keepPayloads ? Uint8Array.from(body) : null,
        },
      };
      this.#last = last;
    }
    this.#collector.add(device, at, last.message, qos, dup);
    if (this.#collector.isFull) this.flush();
  }

  /** Sends what there is. */
  flush(): void {
    if (this.#collector.count > 0) this.#channel.send({ kind: "receipts", batch: this.#collector.take() });
  }
}
