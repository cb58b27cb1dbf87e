import type { DeviceAddress } from "../../domain/device.js";
import { deviceKey } from "../../domain/device.js";
import { choose, seededRandom } from "../../domain/seeded-random.js";
import { toMillis } from "../../domain/time.js";
import type { FaultKind, FaultSpec } from "../../protocol/fault-spec.js";
import type { FaultLedger } from "./fault-ledger.js";

/** What is to be done to one device's delivery. */
export type DeliveryFault = { readonly kind: FaultKind; readonly delayMs: number };

/** The faults of one broadcast, by `deviceKey`; a device has at most one. */
export type DeliveryPlan = ReadonlyMap<string, DeliveryFault>;

/** The kinds that a delivery can have, in the order in which they choose their devices. */
const KINDS: readonly FaultKind[] = [
  "disconnect",
  "half-open",
  "drop",
  "duplicate",
  "corrupt",
  "stray",
  "reorder",
  "delay",
  "tail",
];

/** Whether a kind of fault befalls deliveries. */
export const isDeliveryFault = (kind: FaultKind): boolean => KINDS.includes(kind);

/**
 * Chooses, for each broadcast, the devices that its faults befall, by seed and broadcast number alone: among the targets sorted by
 * name, so that the order in which devices connected does not matter. What is chosen is recorded at once.
 */
export const createDeliveryFaults = (specs: readonly FaultSpec[], seed: number, ledger: FaultLedger) => {
  const wanted = KINDS.flatMap((kind) => specs.find((spec) => spec.kind === kind) ?? []);
  let number = 0;
  return (targets: readonly DeviceAddress[], hasOwnTopics = true): DeliveryPlan => {
    number++;
    const plan = new Map<string, DeliveryFault>();
    if (wanted.length === 0) return plan;
    let free = targets.slice().sort((a, b) => (deviceKey(a) < deviceKey(b) ? -1 : 1));
    for (const { kind, count, duration } of wanted) {
      // a topic that all share names no device: nothing can go astray by it
      if (kind === "stray" && !hasOwnTopics) continue;
      const random = seededRandom(seed, `${kind}#${number}`);
      const chosen = choose(free, count, random);
      for (const device of chosen) {
        const share = kind === "tail" ? -Math.log(1 - random()) : 1;
        plan.set(deviceKey(device), { kind, delayMs: toMillis(duration) * share });
      }
      if (chosen.length > 0) ledger.record(kind, number, chosen);
      free = free.filter((device) => !plan.has(deviceKey(device)));
    }
    return plan;
  };
};
