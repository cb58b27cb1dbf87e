import type { DeviceAddress, DeviceTriplet } from "../../domain/device.js";
import { deviceKey } from "../../domain/device.js";
import { choose, seededRandom } from "../../domain/seeded-random.js";
import type { FaultSpec } from "../../protocol/fault-spec.js";
import type { Broker } from "../broker.js";
import type { DeviceRecord } from "../device-table.js";
import type { FanOut } from "../fan-out.js";
import type { RpcGateway } from "../rpc-gateway.js";
import { createFaultyGateway } from "./api-faults.js";
import { createDeliveryFaults, type DeliveryPlan, isDeliveryFault } from "./delivery-faults.js";
import { FaultLedger, type FaultReport } from "./fault-ledger.js";
import { createFaultyFanOut } from "./faulty-fan-out.js";

/** Misbehaviour on request, by seed: the same seed, faults and devices give the same ledger. */
export type FaultInjection = {
  /** Chooses what befalls the deliveries of the next broadcast, and records it. */
  readonly planFor: (targets: readonly DeviceAddress[], hasOwnTopics: boolean) => DeliveryPlan;
  /** Whether deliveries are to go wrong at all. */
  readonly hasDeliveryFaults: boolean;
  readonly wrapFanOut: (fanOut: FanOut, broker: Broker) => FanOut;
  readonly wrapGateway: (gateway: RpcGateway, hostId: string) => RpcGateway;
  /** Whether this login is refused; each chosen device once. */
  readonly refusesLogin: (device: DeviceRecord) => boolean;
  readonly report: () => FaultReport;
};

/** What a platform is asked to do wrong. */
export type FaultOptions = { readonly specs: readonly FaultSpec[]; readonly seed: number };

/** Prepares the faults of one platform; `devices` are those that it knows at its start, of which logins are chosen. */
export const createFaultInjection = (
  { specs, seed }: FaultOptions,
  devices: readonly DeviceTriplet[],
): FaultInjection => {
  const ledger = new FaultLedger(seed);
  const refusals = specs.find(({ kind }) => kind === "refuse")?.count ?? 0;
  const sorted = devices.slice().sort((a, b) => (deviceKey(a) < deviceKey(b) ? -1 : 1));
  const toRefuse = new Set(choose(sorted, refusals, seededRandom(seed, "refuse")).map(deviceKey));
  const planFor = createDeliveryFaults(specs, seed, ledger);
  return {
    planFor,
    hasDeliveryFaults: specs.some(({ kind }) => isDeliveryFault(kind)),
    wrapFanOut: (fanOut, broker) => createFaultyFanOut(fanOut, broker, planFor),
    wrapGateway: (gateway, hostId) => createFaultyGateway(gateway, hostId, specs, ledger),
    refusesLogin: (device) => {
      if (!toRefuse.delete(deviceKey(device))) return false;
      ledger.record("refuse", null, [device]);
      return true;
    },
    report: () => ledger.report(),
  };
};
