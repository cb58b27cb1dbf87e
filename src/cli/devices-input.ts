import type { DeviceTriplet } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import { readDeviceNames } from "../files/device-names.js";
import { readTripletFile } from "../files/triplet-file.js";
import type { FleetOptions } from "./options/fleet.js";

/** The devices that flags choose from a file, and the host that a device config names. */
export type ChosenDevices = { readonly devices: readonly DeviceTriplet[]; readonly host: string | null };

/** Reads a fleet's file and keeps the chosen rows: `--only` names first, then `-n` and `-c`, then the shard. Throws `usage`. */
export const chooseDevices = async (path: string, fleet: FleetOptions): Promise<ChosenDevices> => {
  const { triplets, host } = await readTripletFile(path);
  const only = fleet.onlyFile === null ? null : new Set(await readDeviceNames(fleet.onlyFile));
  const named = only === null ? triplets : triplets.filter(({ deviceName }) => only.has(deviceName));
  const { skip, count, shard } = fleet;
  if (count !== null && skip + count > named.length) {
    const from = skip === 0 ? "" : ` from row ${skip + 1} on`;
    throw new IotbError(
      "usage",
      `${path} has ${Math.max(0, named.length - skip)} devices${from}, -c asks for ${count}`,
      {
        hint: "give a smaller -c, or more triplets: iotb devices generate",
      },
    );
  }
  const ranged = named.slice(skip, count === null ? undefined : skip + count);
  const devices =
    shard === null
      ? ranged
      : ranged.slice(
          Math.floor((shard.index * ranged.length) / shard.count),
          Math.floor(((shard.index + 1) * ranged.length) / shard.count),
        );
  if (devices.length === 0) {
    throw new IotbError("usage", `no device of ${path} is left after --only, --startnumber, --count and --shard`);
  }
  return { devices, host };
};

/** The one product of a fleet: `--product-key`, or the triplets' where they hold just one. Throws `usage`. */
export const productOf = (devices: readonly DeviceTriplet[], flag: string | null): string => {
  const products = [...new Set(devices.map(({ productKey }) => productKey))];
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
