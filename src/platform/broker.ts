import type { DeviceTable } from "./device-table.js";
import type { PacketParser } from "./packet-parser.js";
import type { PlatformCounters } from "./platform-counters.js";
import type { PlatformLimits } from "./platform-limits.js";
import type { Quotas } from "./quotas.js";
import type { UpstreamObserver } from "./upstream-observer.js";

/** What every part of the MQTT side works on. */
export type Broker = {
  readonly devices: DeviceTable;
  readonly limits: PlatformLimits;
  readonly counters: PlatformCounters;
  readonly quotas: Quotas;
  /** Who hears of every message that was accepted from a device. */
  readonly upstreamObservers: readonly UpstreamObserver[];
  readonly parsePacket: PacketParser;
  /** Milliseconds that never go backwards, for silence. */
  readonly monotonicMs: () => number;
  /** Unix ms, for what the API shows. */
  readonly unixMs: () => number;
};
