import type { IdleSockets } from "../tcp/idle-sockets.js";
import type { DeviceRecord, DeviceTable } from "./device-table.js";
import type { HubLink } from "./hub-link.js";
import type { PacketParser } from "./packet-parser.js";
import type { PlatformCounters } from "./platform-counters.js";
import type { PlatformLimits } from "./platform-limits.js";
import type { Quotas } from "./quotas.js";
import type { SessionStore } from "./session-store.js";
import type { UpstreamObserver } from "./upstream-observer.js";

/** What every part of the MQTT side works on. */
export type Broker = {
  readonly devices: DeviceTable;
  readonly limits: PlatformLimits;
  readonly counters: PlatformCounters;
  readonly quotas: Quotas;
  /** Whether a login is refused on request, to rehearse that; null where nobody asked. */
  readonly refusesLogin: ((device: DeviceRecord) => boolean) | null;
  readonly parsePacket: PacketParser;
  /** Absent where this process is all of the platform. */
  readonly hub?: HubLink;
  readonly sessions: SessionStore;
  /** The plain sockets of its connections, for sending to many at once. */
  readonly idleSockets: IdleSockets;
  /** Who hears of the messages that devices publish, in the order of joining. */
  readonly upstreamObservers: Set<UpstreamObserver>;
  /** Milliseconds that never go backwards, for silence. */
  readonly monotonicMs: () => number;
  /** Unix ms, for what the API shows. */
  readonly unixMs: () => number;
};
