import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { EngineCostAnswer, EngineCostOrder } from "./engine-cost-engine.js";

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
 * A young generation of 1 MB: by default V8 grows it once by some 10 MB while a fleet connects, however large the fleet, and at
 * 2,000 devices that would hide what a device costs. Both engines run with it.
 */
const NODE_FLAGS: readonly string[] = ["--expose-gc", "--max-semi-space-size=1"];

const child = (name: string): ChildProcess =>
  fork(fileURLToPath(new URL(name, import.meta.url)), { execArgv: [...NODE_FLAGS], stdio: "inherit" });

const next = async (process: ChildProcess): Promise<unknown> => {
  const gone = new AbortController();
  const onExit = () => gone.abort(new Error("a process of the benchmark ended early"));
  process.once("exit", onExit);
  const [message]: unknown[] = await once(process, "message", { signal: gone.signal });
  process.off("exit", onExit);
  return message;
};

const nextAnswer = async (engine: ChildProcess): Promise<EngineCostAnswer> => (await next(engine)) as EngineCostAnswer;

/**
 * Measures one engine in a process of its own against a server in another, so that only the engine's share is counted.
 * `messages` broadcasts are sent to all `devices`, each when the one before has reached all of them.
 */
export const measureEngineCost = async (
  engine: "lean" | "mqttjs",
  devices: number,
  messages: number,
): Promise<EngineCost> => {
  const server = child("./engine-cost-server.js");
  const { port } = (await next(server)) as { port: number };
  const subject = child("./engine-cost-engine.js");
  const ended = [server, subject].map((process) => once(process, "exit"));
  subject.send({ engine, port, devices, messages } satisfies EngineCostOrder);
  const online = await nextAnswer(subject);
  if (online.state !== "online") throw new Error("the engine's process answered out of turn");
  const startedAt = performance.now();
  let cpuMicros = 0;
  for (let i = 0; i < messages; i++) {
    server.send("broadcast");
    const received = await nextAnswer(subject);
    if (received.state === "received") cpuMicros = received.cpuMicros;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  server.disconnect();
  await Promise.all(ended);
  const receipts = devices * messages;
  return {
    cpuMicrosPerReceipt: cpuMicros / receipts,
    rssBytesPerDevice: online.rssBytesPerDevice,
    connectsPerSecond: online.connectsPerSecond,
    deliveriesPerSecond: receipts / seconds,
  };
};
