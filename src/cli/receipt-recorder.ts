import type { PresenceChange } from "../domain/broadcast.js";
import { addressAt, type DeviceRoster } from "../domain/device-roster.js";
import type { ReceiptBatch } from "../domain/receipt-batch.js";
import { micros } from "../domain/time.js";
import type { ReceiptLog } from "../files/receipt-log.js";
import { topicOf } from "./simulate-screen.js";

/** Writes a fleet's batches to a receipt log, under the devices' names. */
export const createReceiptRecorder = (log: ReceiptLog, devices: DeviceRoster, keepPayloads: boolean) => ({
  presence: (changes: readonly PresenceChange[]): void => {
    for (const change of changes) log.presence({ ...change, ...addressAt(devices, change.device) });
    log.passOn();
  },
  receipts: (batch: ReceiptBatch): void => {
    for (let i = 0; i < batch.count; i++) {
      const message = batch.messages[batch.message[i] ?? -1];
      if (message === undefined) continue;
      const device = addressAt(devices, batch.device[i] ?? -1);
      const flags = batch.flags[i] ?? 0;
      log.receipt({
        ...device,
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
