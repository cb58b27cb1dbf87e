import type { DeviceEngine } from "../app/ports.js";
import type { DeviceIndex } from "../domain/device.js";
import { ConnectDeadlines } from "./connect-deadlines.js";
import { Dialer } from "./dialer.js";
import { connectTimeoutEnding, STOPPED, socketEnding } from "./ending.js";
import { type EngineOptions, endpointOf } from "./engine-options.js";
import { MqttjsConnection, type MqttjsShared, SCRATCH_BYTES } from "./mqttjs-connection.js";
import { OpenSockets } from "./open-sockets.js";
import { PresenceGate } from "./presence-gate.js";

/**
 * The engine of foreign make: every device is an MQTT.js client, over all four schemes. Slower and larger than the lean one,
 * and its judge. MQTT.js is loaded here and not before. Throws `IotbError` "bad-input-file" for unusable TLS files.
 */
export const createMqttjsEngine = async (options: EngineOptions): Promise<DeviceEngine> => {
  const [mqttjs, dialer] = await Promise.all([import("mqtt"), Dialer.create(options)]);
  const { clock, connectTimeoutMs, devices, sink } = options;
  const slots = devices.map((): MqttjsConnection | null => null);
  return new MqttjsEngine({
    options,
    gate: new PresenceGate(devices.length, sink),
    deadlines: new ConnectDeadlines(clock, connectTimeoutMs, (device) =>
      slots[device]?.end(connectTimeoutEnding(connectTimeoutMs), false),
    ),
    sockets: new OpenSockets(),
    dialer,
    mqttjs,
    slots,
    scratch: Buffer.allocUnsafeSlow(SCRATCH_BYTES),
  });
};

class MqttjsEngine implements DeviceEngine {
  readonly #shared: MqttjsShared;
  #disposed = false;

  constructor(shared: MqttjsShared) {
    this.#shared = shared;
  }

  open(device: DeviceIndex): void {
    const { deadlines, gate, options, slots } = this.#shared;
    gate.start(device);
    if (this.#disposed) {
      gate.end(device, options.clock(), STOPPED);
      return;
    }
    try {
      slots[device] = new MqttjsConnection(this.#shared, device);
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
    for (const connection of this.#shared.slots) connection?.end(STOPPED, true);
    this.#shared.deadlines[Symbol.dispose]();
    await this.#shared.sockets[Symbol.asyncDispose]();
  }
}
