import type { DeviceEngine } from "../app/ports.js";
import { Dialer } from "./dialer.js";
import { EngineCore } from "./engine-core.js";
import type { EngineOptions } from "./engine-options.js";
import { MqttjsConnection, type MqttjsShared, SCRATCH_BYTES } from "./mqttjs-connection.js";

/**
 * The engine of foreign make: every device is an MQTT.js client, over all four schemes. Slower and larger than the lean one,
 * and its judge. MQTT.js is loaded here and not before. Throws `IotbError` "bad-input-file" for unusable TLS files.
 */
export const createMqttjsEngine = async (options: EngineOptions): Promise<DeviceEngine> => {
  const [mqttjs, dialer] = await Promise.all([import("mqtt"), Dialer.create(options)]);
  const core = new EngineCore(options, dialer, (device) => new MqttjsConnection(shared, device));
  const shared: MqttjsShared = { core, mqttjs, scratch: Buffer.allocUnsafeSlow(SCRATCH_BYTES) };
  return core;
};
