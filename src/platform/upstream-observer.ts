import type { DeviceRecord } from "./device-table.js";

/**
 * Hears of a message that a device published and the platform accepted. Called within the handling of the packet: must be
 * quick, must not throw, and copies of `body` what it keeps.
 */
export type UpstreamObserver = (device: DeviceRecord, topic: string, body: Uint8Array) => void;
