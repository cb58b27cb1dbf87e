import { startChild } from "./child.js";
import type { EngineCostAnswer, EngineCostOrder } from "./processes/engine.js";

/** What holding a device and taking a message costs an engine's process. */
export type EngineCost = {
  /** User and system time of the engine's process, per message of one device. */
  readonly cpuMicrosPerReceipt: number;
  /** Growth of the resident set from an empty engine to all devices online, both after garbage collection. */
  readonly rssBytesPerDevice: number;
  readonly connectsPerSecond: number;
  /** All receipts by the time from the first broadcast's sending to the last receipt, one broadcast after the other. */
  readonly deliveriesPerSecond: number;
};

/**
 * A young generation of 1 MB, as the processes of a real fleet have it. By default V8 grows it once by some 10 MB while a fleet
 * connects, however large the fleet, and at 2,000 devices that would hide what a device costs. Both engines run with it.
 */
const NODE_FLAGS: readonly string[] = ["--expose-gc", "--max-semi-space-size=1"];

/**
 * Measures one engine in a process of its own against a server in another, so that only the engine's share is counted.
 * `messages` broadcasts are sent to all `devices`, each when the one before has reached all of them.
 */
export const measureEngineCost = async (
  engine: "lean" | "mqttjs",
  devices: number,
  messages: number,
): Promise<EngineCost> => {
  await using peer = startChild("engine-peer");
  const { port } = (await peer.next()) as { port: number };
  await using subject = startChild("engine", NODE_FLAGS);
  const nextAnswer = async () => (await subject.next()) as EngineCostAnswer;
  const connected = nextAnswer();
  subject.send({ engine, port, devices } satisfies EngineCostOrder);
  const online = await connected;
  if (online.state !== "online") throw new Error("the engine's process answered out of turn");
  const startedAt = performance.now();
  let cpuMicros = 0;
  for (let i = 0; i < messages; i++) {
    const arrival = nextAnswer();
    peer.send({ kind: "broadcast" });
    const received = await arrival;
    if (received.state === "received") cpuMicros = received.cpuMicros;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const receipts = devices * messages;
  return {
    cpuMicrosPerReceipt: cpuMicros / receipts,
    rssBytesPerDevice: online.rssBytesPerDevice,
    connectsPerSecond: online.connectsPerSecond,
    deliveriesPerSecond: receipts / seconds,
  };
};
