import type { DeviceRecord } from "./device-table.js";

/** Hears of a message that was accepted from a device. Must not throw, and must copy what it keeps. */
export type UpstreamObserver = (device: DeviceRecord, topic: string, payload: Uint8Array) => void;
