import { type LocalPlatform, type PlatformOptions, startLocalPlatform } from "../../platform/local-platform.js";
import type { RunningPlatform } from "../../platform/running-platform.js";

/**
 * A local platform whose hub, or all of it where one worker is asked for, is this very process. Fails as `startLocalPlatform`
 * does.
 */
export const startPlatformHere = async (options: PlatformOptions, workers: number): Promise<RunningPlatform> => {
  if (workers === 1) return inOneProcess(await startLocalPlatform(options));
  const { startPlatformHub } = await import("../../platform/workers/platform-hub.js");
  return startPlatformHub(options, { workers, entry: new URL("../processes/platform-worker.js", import.meta.url) });
};

const inOneProcess = (platform: LocalPlatform): RunningPlatform => {
  const { mqttUrl, mqttsUrl, wsUrl, caPem, popUrl, instanceId } = platform;
  return {
    mqttUrls: [mqttUrl],
    mqttsUrls: mqttsUrl === null ? [] : [mqttsUrl],
    wsUrls: wsUrl === null ? [] : [wsUrl],
    caPem,
    popUrl,
    instanceId,
    workerPids: [],
    failed: new Promise(() => {}), // it fails with this process
    productKeys: platform.productKeys,
    deviceCount: platform.deviceCount,
    counters: async () => platform.counters(),
    state: platform.state,
    [Symbol.asyncDispose]: async () => platform[Symbol.asyncDispose](),
  };
};

export { checkExportDir, exportState } from "../../platform/export-state.js";
export { importState } from "../../platform/import-state.js";
export type { RunningPlatform };
