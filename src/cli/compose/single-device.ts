import type { DeviceEngine, DeviceSink } from "../../app/ports.js";
import type { DeviceTriplet } from "../../domain/device.js";
import type { Clock } from "../../domain/time.js";
import { createMqttjsEngine } from "../../fleet/mqttjs-engine.js";
import { fillFilter } from "../../protocol/topics.js";
import type { ShardEngine } from "../processes/fleet-shard.js";

/** One device on MQTT.js in this very process: what `iotb devices connect` is. */
export const connectSingleDevice = (
  device: DeviceTriplet,
  engine: ShardEngine,
  clock: Clock,
  sink: DeviceSink,
): Promise<DeviceEngine> =>
  createMqttjsEngine({
    ...engine.options,
    devices: [device],
    subscriptions: (triplet) => engine.subscriptions.map((template) => fillFilter(template, triplet)),
    clock,
    sink,
  });
