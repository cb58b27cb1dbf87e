import type { ArrivalSlot, OddReceipt } from "../domain/arrivals.js";
import { sha256Hex } from "../protocol/sha256.js";
import type { SentBody } from "./sent-body.js";

/**
 * Says of odd receipts what arrays cannot, for whoever writes them down: their own times, topics and payloads. The hash of a
 * payload is taken once for a run of the same ones.
 */
export class OddReceiptKeeper {
  #sent: SentBody | null = null;
  #last: { readonly bytes: Buffer; readonly body: NonNullable<OddReceipt["body"]> } | null = null;

  /** Payloads are compared with this one from now on. */
  expect(sent: SentBody): void {
    this.#sent = sent;
  }

  keep(slot: ArrivalSlot, receipt: Omit<OddReceipt, "body">, bytes: Buffer, bodyStart: number, bodyEnd: number): void {
    const same = this.#sent === null || this.#sent.isSame(bytes, bodyStart, bodyEnd);
    slot.keepOdd({ ...receipt, body: same ? null : this.#bodyOf(bytes.subarray(bodyStart, bodyEnd)) });
  }

  #bodyOf(bytes: Buffer): NonNullable<OddReceipt["body"]> {
    if (this.#last === null || !this.#last.bytes.equals(bytes)) {
      const payloadSha256 = sha256Hex(bytes);
      this.#last = { bytes: Buffer.from(bytes), body: { bytes: bytes.length, payloadSha256 } };
    }
    return this.#last.body;
  }
}
