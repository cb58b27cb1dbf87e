import type { NamedPresence, Receipt } from "../domain/broadcast.js";
import type { DeviceAddress } from "../domain/device.js";
import type { ClockRecord, EndRecord, PresenceRecord, ReceiptRecord } from "../domain/log-records.js";
import { type ClockAnchor, type Micros, toUnix } from "../domain/time.js";
import { type NdjsonLog, type NdjsonTarget, openNdjsonLog } from "./ndjson-log.js";

/** The clock line of an anchor: what every log begins with. */
export const clockRecord = ({ bootId, monotonicUs, unixUs }: ClockAnchor): ClockRecord => ({
  schema: "iotb.clock/1",
  bootId,
  monotonicUs: Math.round(monotonicUs),
  unixUs: Math.round(unixUs),
});

/** A receipt under its device's name; `payload` only where messages are kept. */
export type NamedReceipt = Omit<Receipt, "device"> & DeviceAddress & { readonly payload?: Uint8Array };

/**
 * Writes a recording of what devices saw: a clock line, presence and receipt lines, an end line. The two `…` writers answer
 * false where the caller should wait for `drained`. `end` writes the end line; a log closed without it reads as cut.
 */
export class ReceiptLog implements AsyncDisposable {
  readonly #log: NdjsonLog;
  readonly #anchor: ClockAnchor;
  #presences = 0;
  #receipts = 0;

  constructor(log: NdjsonLog, anchor: ClockAnchor) {
    this.#log = log;
    this.#anchor = anchor;
    log.write(clockRecord(anchor));
  }

  presence(
    change: Omit<NamedPresence, "device"> & {
      readonly reason?: string;
      readonly closedBy?: PresenceRecord["closedBy"];
    },
  ): boolean {
    this.#presences++;
    const record: PresenceRecord = {
      schema: "iotb.presence/1",
      productKey: change.productKey,
      deviceName: change.deviceName,
      state: change.state,
      atUs: this.#unix(change.at),
      reason: change.reason ?? null,
      closedBy: change.closedBy ?? null,
    };
    return this.#log.write(record);
  }

  receipt(receipt: NamedReceipt): boolean {
    this.#receipts++;
    const record: ReceiptRecord = {
      schema: "iotb.receipt/1",
      messageId: receipt.messageId,
      productKey: receipt.productKey,
      deviceName: receipt.deviceName,
      topic: receipt.topic,
      receivedAtUs: this.#unix(receipt.receivedAt),
      bytes: receipt.bytes,
      payloadSha256: receipt.payloadSha256,
      qos: receipt.qos,
      dup: receipt.dup,
      ...(receipt.payload === undefined ? {} : { payloadBase64: Buffer.from(receipt.payload).toString("base64") }),
    };
    return this.#log.write(record);
  }

  /** Hands what is buffered on: whoever follows the recording sees it now, and a crash loses no more than what comes later. */
  passOn(): void {
    this.#log.passOn();
  }

  /** Resolves when more lines can be written without growing memory. Throws `output-failed`. */
  drained(): Promise<void> {
    return this.#log.drained();
  }

  /** Writes the end line and closes the log. Throws `output-failed`. */
  async end(): Promise<void> {
    const record: EndRecord = { schema: "iotb.end/1", presences: this.#presences, receipts: this.#receipts };
    this.#log.write(record);
    await this.#log.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#log.close();
  }

  #unix(at: Micros): number {
    return toUnix(this.#anchor, at);
  }
}

/** Starts a recording anew; an older one of that name is replaced. Throws `output-failed`. */
export const openReceiptLog = async (target: Omit<NdjsonTarget, "append">, anchor: ClockAnchor): Promise<ReceiptLog> =>
  new ReceiptLog(await openNdjsonLog({ ...target, append: false }), anchor);
