import assert from "node:assert/strict";
import { BroadcastTracker } from "../../src/app/broadcast-tracker.js";
import { LoadMeter } from "../../src/app/load-meter.js";
import type { RecordedArrivals } from "../../src/domain/arrivals.js";
import { createMonotonicClock } from "../../src/domain/clock.js";
import type { DeviceTriplet } from "../../src/domain/device.js";
import type { FanoutDigest } from "../../src/domain/fanout.js";
import { PresenceLog } from "../../src/domain/presence.js";
import { micros } from "../../src/domain/time.js";
import { broadcastTopic } from "../../src/protocol/topics.js";
import { messageBytes } from "./message-bytes.js";

/** The message that is sent on this stage. */
export const BODY = '{"volume":80}';

/** A tracker with devices that are all online from 1 µs on, driven by hand. */
export class TrackerStage {
  readonly presence: PresenceLog;
  readonly tracker: BroadcastTracker;
  readonly #devices: readonly DeviceTriplet[];

  /** What was kept of each settled broadcast, by its message id. */
  readonly kept = new Map<string, RecordedArrivals>();

  constructor(devices: readonly DeviceTriplet[], firstDevice = 0, plainTopics = false) {
    this.#devices = devices;
    this.presence = new PresenceLog(devices.length);
    const meter = new LoadMeter({ clock: createMonotonicClock(), runQueueUs: () => Number.NaN }, 5);
    this.tracker = new BroadcastTracker(
      { devices, firstDevice, plainTopics, keepArrivals: true },
      this.presence,
      meter,
    );
    devices.forEach((_, device) => {
      this.presence.record({ device, at: micros(1), state: "online" });
    });
  }

  expect(now: number, topicFullName: string | null = null, productKey = "pk"): void {
    this.tracker.expect({ kind: "expect", productKey, topicFullName, body: Buffer.from(BODY) }, micros(now));
  }

  /** One PUBLISH on any topic. */
  message(device: number, at: number, topic: string, body = BODY): number {
    const { bytes, topicStart, topicEnd, bodyStart, bodyEnd } = messageBytes(topic, body);
    return this.tracker.message(device, micros(at), bytes, topicStart, topicEnd, bodyStart, bodyEnd);
  }

  /** A full broadcast to the very device. */
  receive(device: number, at: number, messageId: string, body = BODY): void {
    const address = this.#devices[device];
    assert.ok(address);
    this.message(device, at, broadcastTopic(address, messageId), body);
  }

  accept(messageId: string, sentAt: number): void {
    this.tracker.accept(messageId, micros(sentAt));
  }

  settle(messageId: string, dueAt: number, settledAt: number, keepFrom = settledAt): FanoutDigest {
    const { digest, arrivals } = this.tracker.settle({
      kind: "settle",
      messageId,
      dueAt: micros(dueAt),
      settledAt: micros(settledAt),
      keepFrom: micros(keepFrom),
      timed: true,
    });
    if (arrivals !== null) this.kept.set(messageId, arrivals);
    return digest;
  }

  progress(now: number) {
    return [...this.tracker.progress(micros(now))];
  }

  /** `[expected, delivered, missing, excused, unknown]`. */
  static account({ expected, delivered, missing, excused, unknown }: FanoutDigest): number[] {
    return [expected, delivered, missing.length, excused.length, unknown];
  }
}
