import type { DeviceSink } from "../app/ports.js";
import type { DeviceIndex } from "../domain/device.js";
import type { Clock, Micros } from "../domain/time.js";
import { bodyStart, fieldEnd, frameLength, PACKET_TYPE } from "../protocol/publish-packet.js";
import type { SocketHandlers } from "../tcp/lean-socket.js";
import type { EngineOptions } from "./engine-options.js";
import { mayBeKickNotice } from "./kick-notice.js";
import type { LeanConnection } from "./lean-connection.js";

/** The first byte of a PUBLISH at QoS 0, neither repeated nor retained. [MQTT-3.3.1] */
const PUBLISH_AT_QOS_0 = PACKET_TYPE.publish << 4;

/** How plain sockets reach their connections. A connection's tag is its device's number. */
export class LeanHandlers implements SocketHandlers<LeanConnection> {
  /** When what is being read had come. */
  now: Micros;
  /** By device: the connection that is online and has no packet half read; null where there is none. */
  readonly atEase: (LeanConnection | null)[];
  readonly #clock: Clock;
  readonly #sink: DeviceSink;

  constructor({ clock, sink, devices }: Pick<EngineOptions, "clock" | "sink" | "devices">) {
    this.#clock = clock;
    this.#sink = sink;
    this.atEase = devices.map(() => null);
    this.now = clock();
  }

  connected(connection: LeanConnection): void {
    connection.login();
  }

  arrived(): void {
    this.now = this.#clock();
  }

  tagOf(connection: LeanConnection): number {
    return connection.device;
  }

  received(connection: LeanConnection, device: DeviceIndex, bytes: Buffer, start: number, end: number): void {
    if (this.atEase[device] === connection && this.#message(device, bytes, start, end)) return;
    connection.read(bytes, start, end);
  }

  drained(): void {}

  failed(connection: LeanConnection, error: Error): void {
    connection.failed(error);
  }

  closed(connection: LeanConnection): void {
    connection.closed();
  }

  /**
   * The hot path: one whole PUBLISH at QoS 0 needs nothing of its connection, which is in no cache. False where it is anything else,
   * a notice to the device say, or has a fault.
   */
  #message(device: DeviceIndex, bytes: Buffer, start: number, end: number): boolean {
    if (bytes[start] !== PUBLISH_AT_QOS_0 || frameLength(bytes, start, end) !== end - start) return false;
    const topicField = bodyStart(bytes, start);
    const topicStart = topicField + 2;
    const topicEnd = fieldEnd(bytes, topicField);
    if (topicEnd > end || topicEnd === topicStart || mayBeKickNotice(topicStart, topicEnd)) return false;
    this.#sink.message(device, this.now, bytes, topicStart, topicEnd, topicEnd, end, 0, false);
    return true;
  }
}
