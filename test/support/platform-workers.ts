import type { DeviceTriplet } from "../../src/domain/device.js";
import type { PlatformOptions } from "../../src/platform/local-platform.js";
import type { RunningPlatform } from "../../src/platform/running-platform.js";
import { startPlatformHub } from "../../src/platform/workers/platform-hub.js";
import { openRaw, type RawDevice } from "./platform-device.js";
import { ACCESS_KEY, callApi, PRODUCT } from "./platform-start.js";

/** A platform of three worker processes on free ports, with this process as its hub. */
export type WorkersStage = RunningPlatform & {
  /** The endpoint of a worker. */
  url(worker: number): string;
  /** Resolves when the API says that a device is in this state: workers tell it some milliseconds later. */
  untilStatus(deviceName: string, status: string): Promise<void>;
};

/** Device i of the devices begins at worker i mod 3. */
export const WORKERS = 3;

/** Starts the stage. */
export const startStage = async (
  devices: readonly DeviceTriplet[],
  options: Partial<PlatformOptions> = {},
): Promise<WorkersStage> => {
  const platform = await startPlatformHub(
    { devices, mqttPort: 0, popPort: 0, instanceId: "iot-test", accessKeys: [ACCESS_KEY], ...options },
    { workers: WORKERS, entry: new URL("../../src/cli/processes/platform-worker.js", import.meta.url) },
  );
  return {
    ...platform,
    url: (worker) => platform.mqttUrls[worker] ?? "",
    untilStatus: async (DeviceName, status) => {
      for (;;) {
        const { json } = await callApi(platform, "GetDeviceStatus", { ProductKey: PRODUCT, DeviceName });
        if ((json["Data"] as { Status: string }).Status === status) return;
      }
    },
  };
};

/** Opens a connection to a worker and sends bytes in one piece. */
export const openAt = async (url: string, bytes: Uint8Array): Promise<RawDevice> => {
  const device = await openRaw(url);
  device.send(bytes);
  return device;
};
