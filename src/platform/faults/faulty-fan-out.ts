import { addressOf, deviceKey } from "../../domain/device.js";
import { broadcastTopic } from "../../protocol/topics.js";
import type { Broker } from "../broker.js";
import { closeConnection } from "../close-connection.js";
import type { Connection } from "../connection.js";
import type { DeviceRecord } from "../device-table.js";
import type { FanOut, FanOutTopic } from "../fan-out.js";
import type { DeliveryFault, DeliveryPlan } from "./delivery-faults.js";

/** How long a reordered delivery waits for the next broadcast, ms. */
const REORDER_PATIENCE_MS = 1000;

/** A fan-out that misbehaves; what is half open already is not reachable any more. */
export type FaultyFanOut = FanOut & { isReachable(connection: Connection): boolean };

/** A delivery that waits for the broadcast after it. */
type Held = { readonly connection: Connection; readonly topic: FanOutTopic; readonly body: Uint8Array };

/**
 * A fan-out that does to chosen devices what it was asked to: everything else goes to the real one untouched. `planFor` is asked
 * once for each broadcast, with the devices it is for and whether each has a topic of its own.
 */
export const createFaultyFanOut = (
  fanOut: FanOut,
  broker: Broker,
  planFor: (targets: readonly DeviceRecord[], hasOwnTopics: boolean) => DeliveryPlan,
): FaultyFanOut => {
  const halfOpen = new WeakSet<Connection>();
  const isReachable = (connection: Connection): boolean => !halfOpen.has(connection);
  const timers = new Set<NodeJS.Timeout>();
  let held: Held[] = [];

  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };

  const deliver = (targets: readonly Connection[], topic: FanOutTopic, body: Uint8Array, first = 0): void => {
    if (targets.length > 0) fanOut.enqueue({ targets, first, list: null }, topic, body);
  };

  const releaseHeld = (): void => {
    const released = held;
    held = [];
    for (const { connection, topic, body } of released) deliver([connection], topic, body);
  };

  /** A message with one byte changed; an empty one gets a byte. */
  const corrupted = (body: Uint8Array): Uint8Array => {
    const other = body.length === 0 ? Buffer.from(" ") : Buffer.from(body);
    const middle = other.length >> 1;
    other[middle] = (other[middle] as number) ^ 0x01;
    return other;
  };

  /** Sends the broadcast to a device whose name is not in the topic: that of another target, or one that does not exist. */
  const goAstray = (
    connection: Connection,
    others: readonly Connection[],
    topic: FanOutTopic,
    body: Uint8Array,
  ): void => {
    if (!("messageId" in topic)) return;
    const victim = others.find((other) => other !== connection)?.device;
    const named = victim ?? { productKey: connection.device?.productKey ?? "", deviceName: "nobody" };
    deliver([connection], { topic: broadcastTopic(addressOf(named), topic.messageId) }, body);
  };

  const befall = (
    { kind, delayMs }: DeliveryFault,
    connection: Connection,
    targets: readonly Connection[],
    topic: FanOutTopic,
    body: Uint8Array,
  ): void => {
    switch (kind) {
      case "disconnect":
        // after the answer, so that the connection was up when the broadcast was sent
        later(0, () => closeConnection(broker, connection, "fault-disconnect", "destroy"));
        break;
      case "half-open":
        halfOpen.add(connection);
        connection.socket.pause(); // pings stay unanswered too
        break;
      case "duplicate":
        deliver([connection, connection], topic, body);
        break;
      case "corrupt":
        deliver([connection], topic, corrupted(body));
        break;
      case "stray":
        deliver([connection], topic, body);
        goAstray(connection, targets, topic, body);
        break;
      case "delay":
      case "tail":
        later(delayMs, () => deliver([connection], topic, body));
        break;
      case "reorder":
        held.push({ connection, topic, body });
        later(REORDER_PATIENCE_MS, releaseHeld);
        break;
      default: // drop: nothing is sent
        break;
    }
  };

  return {
    prepare: () => fanOut.prepare(),
    hasRoom: () => fanOut.hasRoom(),
    pending: () => fanOut.pending(),
    isReachable,
    enqueue: ({ targets, first }, topic, body) => {
      // what is half open already gets nothing more, and is not chosen again
      const reachable = targets.filter(isReachable);
      const plan = planFor(
        reachable.flatMap(({ device }) => device ?? []),
        "messageId" in topic,
      );
      const toRelease = held.length > 0;
      const spared = reachable.filter(({ device }) => device === null || !plan.has(deviceKey(device)));
      deliver(spared, topic, body, spared.length === targets.length ? first : 0);
      if (toRelease) releaseHeld();
      for (const connection of reachable) {
        const fault = connection.device === null ? undefined : plan.get(deviceKey(connection.device));
        if (fault !== undefined) befall(fault, connection, targets, topic, body);
      }
    },
    [Symbol.dispose]: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      fanOut[Symbol.dispose]();
    },
  };
};
