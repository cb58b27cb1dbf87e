import type { PresenceChange } from "../domain/broadcast.js";
import { addressOf, type DeviceTriplet } from "../domain/device.js";
import type { ReceiptBatch } from "../domain/receipt-batch.js";
import { micros } from "../domain/time.js";
import type { ReceiptLog } from "../files/receipt-log.js";
import { topicOf } from "./simulate-screen.js";

/** Writes a fleet's batches to a receipt log, under the devices' names. */
export const createReceiptRecorder = (log: ReceiptLog, devices: readonly DeviceTriplet[], keepPayloads: boolean) => ({
  presence: (changes: readonly PresenceChange[]): void => {
    for (const change of changes) {
      const device = devices[change.device];
      if (device !== undefined) log.presence({ ...change, ...addressOf(device) });
    }
    log.passOn();
  },
  receipts: (batch: ReceiptBatch): void => {
    for (let i = 0; i < batch.count; i++) {
      const device = devices[batch.device[i] ?? -1];
      const message = batch.messages[batch.message[i] ?? -1];
      if (device === undefined || message === undefined) continue;
      const flags = batch.flags[i] ?? 0;
      log.receipt({
        ...addressOf(device),
        messageId: message.messageId,
        topic: topicOf(message, device),
        receivedAt: micros(batch.at[i] ?? 0),
        bytes: message.bytes,
        payloadSha256: message.payloadSha256,
        qos: (flags & 1) === 1 ? 1 : 0,
        dup: (flags & 2) !== 0,
        ...(keepPayloads && message.payload !== null ? { payload: message.payload } : {}),
      });
    }
    log.passOn();
  },
});
