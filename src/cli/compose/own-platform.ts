import { type LocalPlatform, type PlatformOptions, startLocalPlatform } from "../../platform/local-platform.js";

/** A local platform in this very process: what `iotb platform` is. Fails as `startLocalPlatform` does. */
export const startPlatformHere = (options: PlatformOptions): Promise<LocalPlatform> => startLocalPlatform(options);
export { checkExportDir, exportState } from "../../platform/export-state.js";
export { importState } from "../../platform/import-state.js";
export type { LocalPlatform };
