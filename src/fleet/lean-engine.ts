import type { DeviceEngine } from "../app/ports.js";
import type { DeviceIndex } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import { ConnectDeadlines } from "./connect-deadlines.js";
import { Dialer } from "./dialer.js";
import { connectTimeoutEnding, KEEPALIVE_TIMEOUT, STOPPED, socketEnding } from "./ending.js";
import { type EngineOptions, endpointOf } from "./engine-options.js";
import { KeepaliveWheel } from "./keepalive-wheel.js";
import { LeanConnection, type LeanShared } from "./lean-connection.js";
import { OpenSockets } from "./open-sockets.js";
import { PresenceGate } from "./presence-gate.js";

/** One read takes at most so many bytes: some hundred receipts. */
const READ_BUFFER_BYTES = 64 * 1024;

/**
 * The engine that measuring uses: MQTT 3.1.1 straight on net and tls sockets, packets found by scanning, no timer, parser or
 * object graph a device. `open` after disposal is answered with a refusal. Throws `IotbError` "usage" for ws endpoints,
 * "bad-input-file" for TLS files that cannot be used.
 */
export const createLeanEngine = async (options: EngineOptions): Promise<DeviceEngine> => {
  if (options.endpoints.some(({ protocol }) => protocol === "ws" || protocol === "wss")) {
    throw new IotbError("usage", "the lean engine does not speak WebSocket", {
      hint: "use --engine mqttjs for ws:// and wss://",
    });
  }
  return new LeanEngine(options, await Dialer.create(options));
};

class LeanEngine implements DeviceEngine {
  readonly #shared: LeanShared;
  readonly #wheel: KeepaliveWheel;
  #disposed = false;

  constructor(options: EngineOptions, dialer: Dialer) {
    const { clock, connectTimeoutMs, devices, keepaliveSeconds, sink } = options;
    const slots = devices.map((): LeanConnection | null => null);
    this.#shared = {
      options,
      gate: new PresenceGate(devices.length, sink),
      deadlines: new ConnectDeadlines(clock, connectTimeoutMs, (device) =>
        slots[device]?.end(connectTimeoutEnding(connectTimeoutMs), false),
      ),
      sockets: new OpenSockets(),
      dialer,
      slots,
      pinged: new Uint8Array(devices.length),
      readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      now: clock(),
    };
    this.#wheel = new KeepaliveWheel(devices.length, keepaliveSeconds, (device) => this.#turn(device));
  }

  open(device: DeviceIndex): void {
    const { deadlines, gate, options, pinged, slots } = this.#shared;
    gate.start(device);
    if (this.#disposed) {
      gate.end(device, options.clock(), STOPPED);
      return;
    }
    pinged[device] = 0;
    try {
      slots[device] = new LeanConnection(this.#shared, device);
      deadlines.start(device);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      gate.end(device, options.clock(), socketEnding(error, endpointOf(options, device)));
    }
  }

  close(device: DeviceIndex): void {
    this.#shared.slots[device]?.end(STOPPED, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#wheel[Symbol.dispose]();
    for (const connection of this.#shared.slots) connection?.end(STOPPED, true);
    this.#shared.deadlines[Symbol.dispose]();
    await this.#shared.sockets[Symbol.asyncDispose]();
  }

  /** A device's turn of the keepalive wheel: the last ping must have been answered by now. */
  #turn(device: DeviceIndex): void {
    const { gate, pinged, slots } = this.#shared;
    if (!gate.isOnline(device)) return;
    if (pinged[device] === 1) {
      slots[device]?.end(KEEPALIVE_TIMEOUT, false);
      return;
    }
    pinged[device] = 1;
    slots[device]?.ping();
  }
}
