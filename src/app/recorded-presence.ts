import type { ClosedBy } from "../domain/broadcast.js";
import type { DeviceIndex } from "../domain/device.js";
import type { PresenceRecord } from "../domain/log-records.js";
import type { ConnectionEnd, PresenceAt } from "../domain/presence.js";
import { type Micros, micros } from "../domain/time.js";

/** What a presence line says beside its device and its time: a number from {@link RecordedPresence.changeOf}; 0 is `online`. */
export type ChangeCode = number;

type Ending = { readonly reason: string; readonly closedBy: ClosedBy };

const ONLINE: ChangeCode = 0;
const FIRST_ROOM = 1_024;

/** The changes of presence that recordings tell of, in any order: sixteen bytes a change. */
export class RecordedPresence {
  #count = 0;
  #devices = new Uint32Array(FIRST_ROOM);
  #times = new Float64Array(FIRST_ROOM);
  #codes = new Uint32Array(FIRST_ROOM);
  readonly #endings: Ending[] = [];
  readonly #codeOf = new Map<string, ChangeCode>();

  get count(): number {
    return this.#count;
  }

  /** What a line says of its device. */
  changeOf({ state, reason, closedBy }: PresenceRecord): ChangeCode {
    if (state === "online") return ONLINE;
    const ending: Ending = { reason: reason ?? "closed", closedBy: closedBy ?? "network" };
    const key = `${ending.closedBy} ${ending.reason}`;
    const known = this.#codeOf.get(key);
    if (known !== undefined) return known;
    const code = this.#endings.push(ending);
    this.#codeOf.set(key, code);
    return code;
  }

  add(device: DeviceIndex, at: Micros, code: ChangeCode): void {
    if (this.#count === this.#devices.length) this.#grow();
    this.#devices[this.#count] = device;
    this.#times[this.#count] = at;
    this.#codes[this.#count] = code;
    this.#count++;
  }

  /** Plays them in the order of their times. */
  replay(deviceCount: number): PresenceReplay {
    const times = this.#times;
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i);
    if (!isRising(times, this.#count)) order.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
    const columns = { order, devices: this.#devices, times, codes: this.#codes, endings: this.#endings };
    return new PresenceReplay(columns, deviceCount);
  }

  #grow(): void {
    const grown = <T extends Uint32Array | Float64Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    const room = this.#count * 2;
    this.#devices = grown(new Uint32Array(room), this.#devices);
    this.#times = grown(new Float64Array(room), this.#times);
    this.#codes = grown(new Uint32Array(room), this.#codes);
  }
}

type Columns = {
  readonly order: Uint32Array;
  readonly devices: Uint32Array;
  readonly times: Float64Array;
  readonly codes: Uint32Array;
  readonly endings: readonly Ending[];
};

/** Who was online, from moment to moment: moments must not go backwards. */
export class PresenceReplay {
  readonly #columns: Columns;
  readonly #online: Uint8Array;
  /** Since when a device is online, or when it last came online; NaN if it never was. */
  readonly #since: Float64Array;
  #onlineCount = 0;
  #next = 0;

  constructor(columns: Columns, deviceCount: number) {
    this.#columns = columns;
    this.#online = new Uint8Array(deviceCount);
    this.#since = new Float64Array(deviceCount).fill(Number.NaN);
  }

  /** Goes on to a moment: what happened at that very time has happened. Answers who is online, until it goes on. */
  goTo(moment: Micros): Uint8Array {
    const { order, devices, times, codes } = this.#columns;
    for (; this.#next < order.length; this.#next++) {
      const change = order[this.#next] as number;
      const at = times[change] as number;
      if (at > moment) break;
      const device = devices[change] as number;
      const to = codes[change] === ONLINE ? 1 : 0;
      if (this.#online[device] === to) continue;
      this.#online[device] = to;
      this.#onlineCount += to === 1 ? 1 : -1;
      if (to === 1) this.#since[device] = at;
    }
    return this.#online;
  }

  /** The first ends of the connections that are up at the moment, as far as they happened until another. */
  endsUntil(until: Micros): PresenceAt {
    const { order, devices, times, codes, endings } = this.#columns;
    const ends = new Map<DeviceIndex, ConnectionEnd>();
    for (let i = this.#next; i < order.length; i++) {
      const change = order[i] as number;
      const at = times[change] as number;
      if (at > until) break;
      const device = devices[change] as number;
      const ending = endings[(codes[change] as number) - 1];
      if (ending === undefined || this.#online[device] !== 1 || ends.has(device)) continue;
      ends.set(device, { device, at: micros(at), state: "offline", ...ending });
    }
    return { online: this.#online, count: this.#onlineCount, ends };
  }

  /** Since when the connection stands that is up, or when the last one was made; null where no line says. */
  onlineSince(device: DeviceIndex): Micros | null {
    const at = this.#since[device] as number;
    return Number.isNaN(at) ? null : micros(at);
  }
}

const isRising = (times: Float64Array, count: number): boolean => {
  for (let i = 1; i < count; i++) if ((times[i] as number) < (times[i - 1] as number)) return false;
  return true;
};
