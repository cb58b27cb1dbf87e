import type { DeviceRoster } from "../domain/device-roster.js";
import type { Clock } from "../domain/time.js";
import { brokerDevices } from "./broker-devices.js";
import { openBrokerTarget } from "./broker-target.js";
import type { CommandContext } from "./command.js";
import type { SimulateOptions } from "./commands/simulate.js";
import { type DeviceTarget, openDeviceTarget } from "./device-target.js";
import { chooseDevices } from "./devices-input.js";
import type { ShardEngine } from "./processes/fleet-shard.js";

/** A fleet that may connect now, and how it logs in. */
export type SimulatedFleet = DeviceTarget & {
  readonly devices: DeviceRoster;
  readonly login: ShardEngine["options"]["login"];
};

/** The devices that a simulation is asked for, aimed at the platform or at a plain broker. Throws `guard`, `usage`, `api-…`. */
export const openSimulatedFleet = async (
  context: CommandContext,
  clock: Clock,
  { target, fleet, devicesFile }: SimulateOptions,
): Promise<SimulatedFleet> => {
  if (target.broker !== null) {
    const devices = await brokerDevices(fleet);
    const asked = { devices: devices.count, topics: fleet.topics };
    return { devices, ...(await openBrokerTarget(context, target, target.broker, fleet, asked)) };
  }
  const { devices, host } = await chooseDevices(devicesFile, fleet);
  const productKey = target.productKey ?? devices.productAt(0);
  const aimed = await openDeviceTarget(context, clock, { target, devices, productKey, host, fleet });
  return { devices, ...aimed, login: { kind: "triplet", sign: fleet.sign } };
};
