import { grouped } from "../domain/counted.js";
import type { DeviceAddress } from "../domain/device.js";
import { addressAt, type DeviceRoster } from "../domain/device-roster.js";
import type { BatchMessage, ReceiptBatch } from "../domain/receipt-batch.js";
import { broadcastTopic } from "../protocol/topics.js";
import type { Output } from "./output.js";
import { escapeControls } from "./terminal.js";

/** Up to so many devices every receipt is a line; above, every broadcast is. */
export const DEVICES_SHOWN_SINGLY = 10;

/** A broadcast's line is printed when nothing of it has come for so long, ms. */
const QUIET_MS = 500;
/** Broadcasts that are followed at once; a flood of ids must not cost memory. */
const FOLLOWED = 64;
/** How much of a message a line shows, characters. */
const BODY_SHOWN = 200;

/** What has come of one broadcast. */
type Followed = {
  receipts: number;
  readonly devices: Set<number>;
  firstAt: number;
  lastAt: number;
  quietSince: number;
};

/** Shows what a simulated fleet receives, on stdout. */
export class SimulateScreen implements Disposable {
  readonly #output: Output;
  readonly #devices: DeviceRoster;
  readonly #followed = new Map<string, Followed>();
  readonly #timer: NodeJS.Timeout;

  constructor(output: Output, devices: DeviceRoster) {
    this.#output = output;
    this.#devices = devices;
    this.#timer = setInterval(() => this.#printQuiet(Date.now() - QUIET_MS), QUIET_MS);
  }

  receipts(batch: ReceiptBatch): void {
    if (this.#devices.count <= DEVICES_SHOWN_SINGLY) this.#printEach(batch);
    else this.#follow(batch);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#printQuiet(Number.POSITIVE_INFINITY);
  }

  #printEach(batch: ReceiptBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const message = batch.messages[batch.message[i] ?? -1];
      if (message === undefined) continue;
      const device = addressAt(this.#devices, batch.device[i] ?? -1);
      const topic = topicOf(message, device);
      this.#output.result(`${device.deviceName}  ${escapeControls(topic)}  ${bodyText(message)}`);
    }
  }

  #follow(batch: ReceiptBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const message = batch.messages[batch.message[i] ?? -1];
      if (message === undefined) continue;
      const key = message.messageId ?? message.topic ?? "";
      let followed = this.#followed.get(key);
      if (followed === undefined) {
        if (this.#followed.size >= FOLLOWED) this.#printQuiet(Number.POSITIVE_INFINITY);
        followed = { receipts: 0, devices: new Set(), firstAt: Number.POSITIVE_INFINITY, lastAt: 0, quietSince: 0 };
        this.#followed.set(key, followed);
      }
      followed.receipts++;
      followed.devices.add(batch.device[i] ?? -1);
      // batches of several processes come in any order
      const at = batch.at[i] ?? 0;
      followed.firstAt = Math.min(followed.firstAt, at);
      followed.lastAt = Math.max(followed.lastAt, at);
      followed.quietSince = Date.now();
    }
  }

  #printQuiet(before: number): void {
    for (const [key, { receipts, devices, firstAt, lastAt, quietSince }] of this.#followed) {
      if (quietSince > before) continue;
      this.#followed.delete(key);
      const spread = ((lastAt - firstAt) / 1000).toFixed(1);
      const count = grouped(this.#devices.count);
      this.#output.result(
        `broadcast ${escapeControls(key)}  ${grouped(devices.size)}/${count} devices, ${grouped(receipts)} receipts, first to last ${spread} ms`,
      );
    }
  }
}

/** The topic that a receipt came on. */
export const topicOf = ({ topic, messageId }: BatchMessage, device: DeviceAddress): string =>
  topic ?? broadcastTopic(device, messageId ?? "");

const bodyText = ({ payload, bytes }: BatchMessage): string => {
  if (payload === null) return `${bytes} bytes`;
  const text = escapeControls(Buffer.from(payload).toString("utf8"));
  return text.length <= BODY_SHOWN ? text : `${text.slice(0, BODY_SHOWN)}… (${bytes} bytes)`;
};
