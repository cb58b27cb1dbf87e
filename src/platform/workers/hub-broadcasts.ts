import { deviceKey } from "../../domain/device.js";
import type { Broadcasts } from "../device-reach.js";
import type { FanOutTopic } from "../fan-out.js";
import type { FaultInjection } from "../faults/fault-injection.js";
import type { PlatformCounters } from "../platform-counters.js";
import type { HubDevices } from "./hub-devices.js";
import type { WorkerLink } from "./worker-link.js";
import type { PlannedFault } from "./worker-messages.js";

/** Hands broadcasts to all workers and knows how much they have to do. */
export type HubBroadcasts = Broadcasts & {
  /** What a worker said of its fan-out. */
  pending(worker: number, heard: number, jobs: number): void;
};

type Order = { readonly productKey: string; readonly topic: FanOutTopic; readonly body: Uint8Array };

/**
 * The broadcasts of one hub. Each worker finds its targets when the order arrives. Where deliveries are to go wrong, it tells them
 * first, and the hub chooses the victims among all as one process would: so the ledger does not depend on the number of workers.
 */
export const createHubBroadcasts = (
  links: readonly WorkerLink[],
  devices: HubDevices,
  mostPending: number,
  counters: PlatformCounters,
  faults: FaultInjection | null,
): HubBroadcasts => {
  const jobs = links.map(() => 0);
  const heard = links.map(() => 0);
  const planned: Order[] = [];
  let sent = 0;

  const workOf = (worker: number): number => (jobs[worker] ?? 0) + sent - (heard[worker] ?? 0);

  const enqueue = (order: Order): void => {
    counters.broadcasts += 1;
    if (faults?.hasDeliveryFaults) {
      if (planned.push(order) === 1) plan(order, faults);
      return;
    }
    sent += 1;
    for (const link of links) link.send({ kind: "broadcast", ...order });
  };

  const plan = (order: Order, { planFor }: FaultInjection): void => {
    const { productKey, topic, body } = order;
    const told: Uint32Array[] = [];
    let left = links.length;
    const befall = (): void => {
      const targets = told.flatMap((serials) => Array.from(serials, devices.find).filter((device) => device !== null));
      const faultOf = planFor(targets, "messageId" in topic);
      sent += 1;
      links.forEach((link, worker) => {
        const own: PlannedFault[] = [];
        for (const serial of faultOf.size > 0 ? (told[worker] ?? []) : []) {
          const device = devices.find(serial);
          const fault = device && faultOf.get(deviceKey(device));
          if (fault) own.push({ device: serial, ...fault });
        }
        link.send({ kind: "deliver", body, faults: own });
      });
      planned.shift();
      const [next] = planned;
      if (next !== undefined && faults !== null) plan(next, faults);
    };
    links.forEach((link, worker) => {
      link.ask("targets", { productKey, topic }, (serials) => {
        told[worker] = serials;
        if (--left === 0) befall();
      });
    });
  };

  return {
    hasRoom: () => links.every((_, worker) => workOf(worker) + planned.length < mostPending),
    toAll: ({ productKey }, messageId, body) => enqueue({ productKey, topic: { messageId }, body }),
    toGroup: ({ productKey }, topic, body) => enqueue({ productKey, topic: { topic }, body }),
    pending: (worker, heardOf, left) => {
      heard[worker] = heardOf;
      jobs[worker] = left;
    },
  };
};
