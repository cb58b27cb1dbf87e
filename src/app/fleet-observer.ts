import type { PresenceChange } from "../domain/broadcast.js";
import type { DeviceIndex } from "../domain/device.js";
import type { ReceiptBatch } from "../domain/receipt-batch.js";

/** What the fleet tells while it is at work. All optional; none may block. */
export type FleetObserver = {
  onConnecting?(online: number, refused: number): void;
  /** After connecting, whenever it has changed: devices online, and those given up on. */
  onStanding?(online: number, refused: number): void;
  onProgress?(messageId: string, expected: number, arrived: number): void;
  /** Another client took a device over. */
  onKicked?(device: DeviceIndex): void;
  /** A process of the fleet ended that nobody stopped. */
  onShardDied?(shard: number, how: string): void;
  onPresence?(changes: readonly PresenceChange[], online: number): void;
  onReceipts?(batch: ReceiptBatch): void;
};
