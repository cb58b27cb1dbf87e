import type { DeviceIndex } from "../domain/device.js";

/** The share of the keepalive between two pings: two of them fit into the 1.5 keepalives that a server grants. [MQTT-3.1.2-24] */
const PING_SHARE = 0.75;

/**
 * Turns to every device once in 0.75 keepalives, a part of the fleet each second, so that a fleet which came online together
 * does not ping together. One timer for all; it keeps no process alive. A process that was stalled turns late, never twice.
 */
export class KeepaliveWheel implements Disposable {
  #timer: NodeJS.Timeout | null = null;

  /**
   * `turn` is called for each device, connected or not. 0 seconds never turns. The first second begins after `delayMs`: the
   * wheels of several processes need not turn at the same moment of it.
   */
  constructor(devices: number, keepaliveSeconds: number, turn: (device: DeviceIndex) => void, delayMs = 0) {
    const seconds = Math.max(1, Math.floor(keepaliveSeconds * PING_SHARE));
    let second = 0;
    const tick = () => {
      for (let device = second; device < devices; device += seconds) turn(device);
      second = (second + 1) % seconds;
    };
    const start = () => {
      this.#timer = setInterval(tick, 1000).unref();
    };
    if (keepaliveSeconds <= 0) return;
    if (delayMs > 0) this.#timer = setTimeout(start, delayMs).unref();
    else start();
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearInterval(this.#timer); // it clears timeouts as well
  }
}
