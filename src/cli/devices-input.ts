import { type DeviceRoster, devicesByProduct, partStart } from "../domain/device-roster.js";
import { IotbError } from "../domain/errors.js";
import { readDeviceNames } from "../files/device-names.js";
import { readRoster } from "../files/device-roster.js";
import type { FleetOptions } from "./options/fleet.js";

/** The devices that flags choose from a file, and the host that a device config names. */
export type ChosenDevices = { readonly devices: DeviceRoster; readonly host: string | null };

/** Reads a fleet's file and keeps the chosen rows: `--only` names first, then `-n` and `-c`, then the shard. Throws `usage`. */
export const chooseDevices = async (path: string, fleet: FleetOptions): Promise<ChosenDevices> => {
  const only = fleet.onlyFile === null ? null : new Set(await readDeviceNames(fleet.onlyFile));
  const { roster: named, host } = await readRoster(path, only);
  const { skip, count, shard } = fleet;
  if (count !== null && skip + count > named.count) {
    const from = skip === 0 ? "" : ` from row ${skip + 1} on`;
    throw new IotbError(
      "usage",
      `${path} has ${Math.max(0, named.count - skip)} devices${from}, -c asks for ${count}`,
      {
        hint: "give a smaller -c, or more triplets: iotb devices generate",
      },
    );
  }
  const ranged = named.slice(Math.min(skip, named.count), count === null ? named.count : skip + count);
  const devices =
    shard === null
      ? ranged
      : ranged.slice(
          partStart(shard.index, shard.count, ranged.count),
          partStart(shard.index + 1, shard.count, ranged.count),
        );
  if (devices.count === 0) {
    throw new IotbError("usage", `no device of ${path} is left after --only, --startnumber, --count and --shard`);
  }
  return { devices, host };
};

/** The one product of a fleet: `--product-key`, or the triplets' where they hold just one. Throws `usage`. */
export const productOf = (devices: DeviceRoster, flag: string | null): string => {
  const products = [...devicesByProduct(devices).keys()];
  if (flag !== null) {
    if (products.includes(flag)) return flag;
    throw new IotbError(
      "usage",
      `--product-key ${flag}: none of the devices is of it, but of ${products.slice(0, 3).join(", ")}`,
    );
  }
  const [first] = products;
  if (products.length === 1 && first !== undefined) return first;
  throw new IotbError("usage", `the devices are of ${products.length} products: ${products.slice(0, 3).join(", ")}`, {
    hint: "name the one to broadcast to: --product-key PK",
  });
};
