import { type DeviceRoster, listRoster } from "../domain/device-roster.js";
import { IotbError } from "../domain/errors.js";
import { chooseDevices } from "./devices-input.js";
import type { FleetOptions } from "./options/fleet.js";
import { generatedName } from "./triplet-generator.js";

/** What stands for the product of a plain broker's devices: such brokers have none. */
export const BROKER_PRODUCT = "broker";

/**
 * The devices of a plain broker: the names that a file lists, or made-up ones. Secrets are dropped here, since nobody signs.
 * Throws `usage`, also where two devices have one name and would kick each other off, and `bad-input-file`.
 */
export const brokerDevices = async (fleet: FleetOptions): Promise<DeviceRoster> => {
  const names = fleet.devicesFile === null ? madeUpNames(fleet.count ?? 0) : await namesIn(fleet.devicesFile, fleet);
  return listRoster(names.map((deviceName) => ({ productKey: BROKER_PRODUCT, deviceName, deviceSecret: "" })));
};

const madeUpNames = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => generatedName("dk", i + 1, count));

const namesIn = async (path: string, fleet: FleetOptions): Promise<string[]> => {
  const { devices } = await chooseDevices(path, fleet);
  const seen = new Set<string>();
  for (let device = 0; device < devices.count; device++) {
    const deviceName = devices.nameAt(device);
    if (seen.has(deviceName)) {
      throw new IotbError("usage", `${path} has two devices named ${deviceName}: a broker tells them apart by name`, {
        hint: "choose the devices of one product: --only, --startnumber and --count",
      });
    }
    seen.add(deviceName);
  }
  return [...seen];
};
