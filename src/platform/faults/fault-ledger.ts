import type { DeviceAddress } from "../../domain/device.js";
import { deviceKey } from "../../domain/device.js";
import type { FaultKind } from "../../protocol/fault-spec.js";

/** One fault that was really done. The same for the same seed, faults and devices: it holds no time and no message id. */
export type FaultEntry = {
  readonly kind: FaultKind;
  /** The number of the broadcast among those accepted, or of the call among those to PubBroadcast, from 1; null at login. */
  readonly number: number | null;
  /** `<product key>/<device name>`, sorted; empty for faults of the API. */
  readonly devices: readonly string[];
};

/** What the platform hands out about its misbehaviour. */
export type FaultReport = {
  readonly schema: "iotb.faults/1";
  readonly seed: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly entries: readonly FaultEntry[];
  /** Entries beyond those kept. */
  readonly dropped: number;
};

/** Entries kept; more are counted. */
const ENTRIES_KEPT = 100_000;

/** Keeps account of every fault done, so that a measurement can be held against it. */
export class FaultLedger {
  readonly #seed: number;
  readonly #entries: FaultEntry[] = [];
  readonly #counts = new Map<FaultKind, number>();
  #dropped = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A fault was done to these devices, or to the API where there are none. */
  record(kind: FaultKind, number: number | null, devices: readonly DeviceAddress[]): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + Math.max(1, devices.length));
    if (this.#entries.length >= ENTRIES_KEPT) this.#dropped++;
    else this.#entries.push({ kind, number, devices: devices.map(deviceKey).sort() });
  }

  /** Sorted by number and kind, so that the order in which things happened to be finished does not show. */
  report(): FaultReport {
    const entries = this.#entries
      .slice()
      .sort(
        (a, b) =>
          (a.number ?? 0) - (b.number ?? 0) ||
          a.kind.localeCompare(b.kind) ||
          (a.devices[0] ?? "").localeCompare(b.devices[0] ?? ""),
      );
    const counts = Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
    return { schema: "iotb.faults/1", seed: this.#seed, counts, entries, dropped: this.#dropped };
  }
}
