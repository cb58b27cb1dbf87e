import { deviceKey } from "../../domain/device.js";
import { allOnline, allSubscribed, type BroadcastTargets } from "../broadcast-targets.js";
import type { Broker } from "../broker.js";
import { createFanOut, type FanOutTopic } from "../fan-out.js";
import type { DeliveryPlan } from "../faults/delivery-faults.js";
import { createFaultyFanOut } from "../faults/faulty-fan-out.js";
import type { BoardSeat } from "../work-board.js";
import type { HeldDevices } from "./held-devices.js";
import type { PlannedFault, WorkerReport } from "./worker-messages.js";

/** A worker's part of every broadcast. Disposing of it forgets what is not written yet. */
export type WorkerBroadcasts = Disposable & {
  deliver(productKey: string, topic: FanOutTopic, body: Uint8Array): void;
  /** Fixes the targets of a broadcast whose body and faults come with `deliverFixed`; answers them. */
  fix(productKey: string, topic: FanOutTopic): Uint32Array;
  deliverFixed(body: Uint8Array, faults: readonly PlannedFault[]): void;
};

type Fixed = { readonly to: BroadcastTargets; readonly topic: FanOutTopic };

/** The fan-out of one worker; tells the hub how much of it is not written out, so that no more is accepted than all can take. */
export const createWorkerBroadcasts = (
  broker: Broker,
  held: HeldDevices,
  { board, hasDeliveryFaults }: { readonly board: BoardSeat | null; readonly hasDeliveryFaults: boolean },
  send: (report: WorkerReport) => void,
): WorkerBroadcasts => {
  let plan: DeliveryPlan = new Map();
  const plain = createFanOut(broker, board);
  plain.prepare();
  const faulty = hasDeliveryFaults ? createFaultyFanOut(plain, broker, () => plan) : null;
  const fanOut = faulty ?? plain;
  const fixed: Fixed[] = [];
  let heard = 0;
  /** Jobs that the hub knows of. */
  let known = 0;
  let watching: NodeJS.Immediate | null = null;

  const tell = (): void => {
    known = fanOut.pending();
    send({ kind: "pending", heard, jobs: known });
  };
  /** Looks between the fan-out's own slices: it costs a comparison in some milliseconds of writing. */
  const watch = (): void => {
    watching = null;
    const jobs = fanOut.pending();
    if (jobs !== known) tell();
    if (jobs > 0) watching = setImmediate(watch);
  };

  const targetsOf = (productKey: string, topic: FanOutTopic): BroadcastTargets => {
    const product = broker.devices.products.get(productKey);
    if (product === undefined) return { targets: [], first: 0, list: null };
    return "messageId" in topic ? allOnline(product) : allSubscribed(product, topic.topic);
  };

  const enqueue = ({ to, topic }: Fixed, body: Uint8Array): void => {
    heard += 1;
    // the hub counts what it sends as one job until it hears otherwise: nothing need be said before the first packet is out
    known += 1;
    fanOut.enqueue(to, topic, body);
    watching ??= setImmediate(watch);
  };

  return {
    deliver: (productKey, topic, body) => enqueue({ to: targetsOf(productKey, topic), topic }, body),
    fix: (productKey, topic) => {
      const to = targetsOf(productKey, topic);
      fixed.push({ to, topic });
      const reachable = faulty === null ? to.targets : to.targets.filter(faulty.isReachable);
      return Uint32Array.from(reachable, ({ device }) => device?.serial ?? 0);
    },
    deliverFixed: (body, faults) => {
      const next = fixed.shift();
      if (next === undefined) return;
      plan = new Map(
        faults.flatMap((fault) => {
          const device = held.find(fault.device);
          return device === null ? [] : [[deviceKey(device), fault] as const];
        }),
      );
      enqueue(next, body);
    },
    [Symbol.dispose]: () => {
      if (watching !== null) clearImmediate(watching);
      watching = null;
      fanOut[Symbol.dispose]();
    },
  };
};
