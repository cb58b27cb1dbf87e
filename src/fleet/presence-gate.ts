import type { DeviceSink } from "../app/ports.js";
import type { DeviceIndex } from "../domain/device.js";
import type { Micros } from "../domain/time.js";
import type { Ending } from "./ending.js";

const IDLE = 0;
const OPENING = 1;
const ONLINE = 2;

/**
 * Keeps the sink's promise for every device of an engine: one `online` or `refused` per attempt, one `offline` per `online`,
 * whatever order sockets report their troubles in. One byte a device.
 */
export class PresenceGate {
  readonly #sink: DeviceSink;
  readonly #phases: Uint8Array;

  constructor(devices: number, sink: DeviceSink) {
    this.#sink = sink;
    this.#phases = new Uint8Array(devices);
  }

  /** Starts an attempt. Throws for a device that has one, or a connection: that is the caller's defect. */
  start(device: DeviceIndex): void {
    if (!(device in this.#phases)) throw new RangeError(`no device ${device} among ${this.#phases.length}`);
    if (this.#phases[device] !== IDLE) throw new Error(`device ${device} is open already`);
    this.#phases[device] = OPENING;
  }

  /** The attempt succeeded. */
  online(device: DeviceIndex, at: Micros): void {
    if (this.#phases[device] !== OPENING) return;
    this.#phases[device] = ONLINE;
    this.#sink.online(device, at);
  }

  isOnline(device: DeviceIndex): boolean {
    return this.#phases[device] === ONLINE;
  }

  /** The attempt failed, or the connection ended; says which to the sink. The device may be opened again from there on. */
  end(device: DeviceIndex, at: Micros, ending: Ending): void {
    const phase = this.#phases[device];
    this.#phases[device] = IDLE;
    if (phase === OPENING) {
      const { reason, text, final } = ending;
      this.#sink.refused(device, at, { reason, text, final });
    } else if (phase === ONLINE) {
      this.#sink.offline(device, at, ending.reason, ending.closedBy);
    }
  }
}
