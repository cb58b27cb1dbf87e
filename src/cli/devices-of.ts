import type { DeviceTriplet } from "../domain/device.js";
import type { DeviceSource } from "../domain/device-source.js";
import { readRowRanges } from "../files/row-ranges.js";
import { deriveDevices } from "../protocol/derived-devices.js";

/** The devices of a source, with their secrets, in the process that needs them. Throws `bad-input-file` as the file demands. */
export const devicesOf = async (source: DeviceSource): Promise<readonly DeviceTriplet[]> => {
  switch (source.kind) {
    case "list":
      return source.devices;
    case "rows":
      return readRowRanges(source);
    case "derived":
      return deriveDevices(source);
  }
};
