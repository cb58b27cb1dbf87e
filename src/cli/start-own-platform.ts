import type { DeviceRoster } from "../domain/device-roster.js";
import { type PlatformProcess, startPlatformProcess } from "./compose/platform-process.js";
import { LOCAL_ACCESS_KEY, LOCAL_INSTANCE_ID } from "./local-platform-defaults.js";
import type { FaultRequest } from "./options/faults.js";
import type { TargetOptions } from "./options/target.js";

/** What a run's own platform is like. */
export type OwnPlatformRequest = {
  readonly devices: DeviceRoster;
  /** Processes that hold its connections; 1 is all of it in one. */
  readonly workers: number;
  readonly quota: TargetOptions["quota"];
  readonly faults: FaultRequest;
};

/** Starts a run's own local platform on free ports of loopback. Fails as `startPlatformProcess` does. */
export const startOwnPlatform = async ({
  devices,
  workers,
  quota,
  faults,
}: OwnPlatformRequest): Promise<PlatformProcess> =>
  startPlatformProcess({
    devices: devices.source(),
    workers,
    mqttPort: 0,
    popPort: 0,
    instanceId: LOCAL_INSTANCE_ID,
    quota: quota === "real" ? "real" : "off",
    ...(faults === null ? {} : { faults }),
    accessKeys: [{ accessKeyId: LOCAL_ACCESS_KEY.id, accessKeySecret: LOCAL_ACCESS_KEY.secret }],
  });
