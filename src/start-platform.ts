import { LOCAL_ACCESS_KEY, LOCAL_INSTANCE_ID } from "./cli/local-platform-defaults.js";
import { EXAMPLE_PRODUCT, generateTriplets } from "./cli/triplet-generator.js";
import type { DeviceTriplet } from "./domain/device.js";
import { startLocalPlatform } from "./platform/local-platform.js";
import type { PlatformCounters } from "./platform/platform-counters.js";

export type { DeviceTriplet } from "./domain/device.js";
export type { PlatformCounters } from "./platform/platform-counters.js";

/** How {@link startPlatform} starts a platform; everything has a default. */
export type StartPlatformOptions = {
  /** The devices it knows, or how many to make up; 10 where absent. */
  readonly devices?: readonly DeviceTriplet[] | number;
  /** The product of devices that are made up. */
  readonly productKey?: string;
  readonly instanceId?: string;
  /** Whose calls it takes; the published `iotb-local` where absent. */
  readonly accessKey?: { readonly accessKeyId: string; readonly accessKeySecret: string };
  /** Ports on 127.0.0.1; 0, the default, takes any free one. */
  readonly mqttPort?: number;
  readonly popPort?: number;
};

/** A local platform that runs in this process, on 127.0.0.1. */
export type Platform = AsyncDisposable & {
  /** `mqtt://127.0.0.1:<port>`, for devices. */
  readonly mqttUrl: string;
  /** `http://127.0.0.1:<port>`, the `endpoint` of API clients. */
  readonly popUrl: string;
  readonly instanceId: string;
  /** The product of the first device. */
  readonly productKey: string;
  /** The devices it was started with, secrets included: they log in with them. */
  readonly devices: readonly DeviceTriplet[];
  readonly accessKey: { readonly accessKeyId: string; readonly accessKeySecret: string };
  /** What it has seen up to now; a copy. */
  counters(): PlatformCounters;
  /** Closes every connection and both servers; what disposing of it does. Twice is once. */
  stop(): Promise<void>;
};

/**
 * Starts a local platform for a test suite. Use `await using`, or call `stop()`:
 *
 * ```ts
 * await using platform = await startPlatform({ devices: 3 });
 * const client = new RPCClient({ endpoint: platform.popUrl, apiVersion: "2018-01-20", ...platform.accessKey });
 * ```
 *
 * It shares the event loop with the suite, so it is for what happens, not for how fast. Rejects with an `IotbError` (its `code`
 * is `port-in-use` or `bad-input-file`) and leaves nothing running then.
 */
export const startPlatform = async (options: StartPlatformOptions = {}): Promise<Platform> => {
  const {
    devices: wanted = 10,
    productKey = EXAMPLE_PRODUCT,
    instanceId = LOCAL_INSTANCE_ID,
    accessKey = { accessKeyId: LOCAL_ACCESS_KEY.id, accessKeySecret: LOCAL_ACCESS_KEY.secret },
    mqttPort = 0,
    popPort = 0,
  } = options;
  const devices =
    typeof wanted === "number" ? [...generateTriplets({ count: wanted, productKey, prefix: "dk" })] : [...wanted];
  const platform = await startLocalPlatform({ devices, mqttPort, popPort, instanceId, accessKeys: [accessKey] });
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopped ??= Promise.resolve(platform[Symbol.asyncDispose]());
    return stopped;
  };
  return {
    mqttUrl: platform.mqttUrl,
    popUrl: platform.popUrl,
    instanceId,
    productKey: devices[0]?.productKey ?? productKey,
    devices,
    accessKey,
    counters: () => platform.counters(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};
