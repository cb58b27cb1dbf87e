import type { PresenceChange } from "./broadcast.js";
import type { DeviceIndex } from "./device.js";
import { type Micros, micros } from "./time.js";

/** How and when a connection ended, of a device that was online when a broadcast was sent. */
export type ConnectionEnd = Extract<PresenceChange, { state: "offline" }>;

/** Who was online at one moment, and whose connection ended after it. */
export type PresenceAt = {
  /** 1 for each device that was online. */
  readonly online: Uint8Array;
  readonly count: number;
  /** The first end of each connection that was up at the moment. */
  readonly ends: ReadonlyMap<DeviceIndex, ConnectionEnd>;
};

/**
 * Who is online now, and enough of the past to tell who was online when a broadcast was sent: the present state and the
 * changes since `keepFrom`, walked back.
 */
export class PresenceLog {
  readonly #online: Uint8Array;
  /** When each device's connection came up that is up now, or was last; 0 is never. */
  readonly #since: Float64Array;
  #onlineCount = 0;
  #changes: PresenceChange[] = [];
  /** Changes before this moment are not kept. Infinity until someone wants a past. */
  #keepFrom = Number.POSITIVE_INFINITY;

  constructor(deviceCount: number) {
    this.#online = new Uint8Array(deviceCount);
    this.#since = new Float64Array(deviceCount);
  }

  get onlineCount(): number {
    return this.#onlineCount;
  }

  isOnline(device: DeviceIndex): boolean {
    return this.#online[device] === 1;
  }

  /** Since when a device is online, or when it last came online; null if it never was. */
  onlineSince(device: DeviceIndex): Micros | null {
    const at = this.#since[device] as number;
    return at === 0 ? null : micros(at);
  }

  /** Takes a change; changes come in the order of their times. A change to the present state is no change. */
  record(change: PresenceChange): void {
    const to = change.state === "online" ? 1 : 0;
    if (this.#online[change.device] === to) return;
    this.#online[change.device] = to;
    if (to === 1) this.#since[change.device] = change.at;
    this.#onlineCount += to === 1 ? 1 : -1;
    if (change.at >= this.#keepFrom) this.#changes.push(change);
  }

  /** Keeps the changes from `from` on and drops older ones: moments before it can no longer be asked for. */
  keepFrom(from: Micros): void {
    this.#keepFrom = from;
    if (this.#changes.length > 0) this.#changes = this.#changes.filter((change) => change.at >= from);
  }

  /** Who was online at `moment` (a connection made or ended at that very time counts as made or ended). */
  at(moment: Micros): PresenceAt {
    const online = this.#online.slice();
    let count = this.#onlineCount;
    const ends = new Map<DeviceIndex, ConnectionEnd>();
    for (let i = this.#changes.length - 1; i >= 0; i--) {
      const change = this.#changes[i] as PresenceChange;
      if (change.at <= moment) break;
      const before = change.state === "online" ? 0 : 1;
      if (online[change.device] !== before) count += before === 1 ? 1 : -1;
      online[change.device] = before;
      // walking backwards, the last one written is the first that happened
      if (change.state === "offline") ends.set(change.device, change);
      else ends.delete(change.device);
    }
    return { online, count, ends };
  }
}

/** Why a connection ended that its own fleet ended, when its work was done. */
const OWN_STOP = "stopped";

/**
 * A presence without the ends that the fleet made itself: that a recording was stopped excuses no device, or a loss shortly
 * before would be taken for a lost connection.
 */
export const withoutOwnStops = (presence: PresenceAt): PresenceAt => ({
  ...presence,
  ends: new Map([...presence.ends].filter(([, end]) => end.reason !== OWN_STOP)),
});
