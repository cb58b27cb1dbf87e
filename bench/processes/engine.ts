import type { DeviceSink } from "../../src/app/ports.js";
import { createMonotonicClock } from "../../src/domain/clock.js";
import { createLeanEngine } from "../../src/fleet/lean-engine.js";
import { createMqttjsEngine } from "../../src/fleet/mqttjs-engine.js";

/** What the parent asks first. */
export type EngineCostOrder = {
  readonly engine: "lean" | "mqttjs";
  readonly port: number;
  readonly devices: number;
};

/** What the child answers: first when the fleet is online, again when each broadcast has reached it. */
export type EngineCostAnswer =
  | { readonly state: "online"; readonly rssBytesPerDevice: number; readonly connectsPerSecond: number }
  | { readonly state: "received"; readonly cpuMicros: number };

/** Logins under way at once. */
const WINDOW = 100;

/** Logins of one device before the empty engine is weighed: compiling and loading code is not a device's cost. */
const WARM_UPS = 200;

const answer = (message: EngineCostAnswer) => process.send?.(message);

const settledRss = async (): Promise<number> => {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss();
};

const run = async ({ engine: kind, port, devices }: EngineCostOrder) => {
  let warmups = 0;
  let online = 0;
  let opened = 0;
  let receipts = 0;
  let cpu = process.cpuUsage();
  let onAllOnline: () => void = () => undefined;
  let onWarm: () => void = () => undefined;
  const warm = new Promise<void>((resolve) => {
    onWarm = resolve;
  });
  const allOnline = new Promise<void>((resolve) => {
    onAllOnline = resolve;
  });
  const sink: DeviceSink = {
    online: (device) => {
      if (warmups < WARM_UPS) return engine.close(device);
      if (opened < devices) engine.open(opened++);
      if (++online === devices) onAllOnline();
    },
    refused: (_device, _at, { text }) => {
      throw new Error(text);
    },
    offline: (device) => {
      if (++warmups < WARM_UPS) setImmediate(() => engine.open(device));
      else if (warmups === WARM_UPS) onWarm();
    },
    message: () => {
      if (++receipts % devices !== 0) return;
      const { user, system } = process.cpuUsage(cpu);
      answer({ state: "received", cpuMicros: user + system });
    },
  };
  const create = kind === "lean" ? createLeanEngine : createMqttjsEngine;
  await using engine = await create({
    devices: Array.from({ length: devices }, (_, i) => ({
      productKey: "a1B2c3D4e5F",
      deviceName: `dev_${i}`,
      deviceSecret: "0123456789abcdef0123456789abcdef",
    })),
    endpoints: [{ protocol: "mqtt", host: "127.0.0.1", port }],
    login: { kind: "triplet", sign: "hmacsha256" },
    keepaliveSeconds: 300,
    subscriptions: () => [],
    qos: 0,
    localAddresses: [],
    tls: { insecure: false },
    connectTimeoutMs: 60_000,
    clock: createMonotonicClock(),
    sink,
  });
  engine.open(0);
  await warm;
  const idle = await settledRss();
  const startedAt = performance.now();
  while (opened < Math.min(devices, WINDOW)) engine.open(opened++);
  await allOnline;
  const seconds = (performance.now() - startedAt) / 1000;
  const held = await settledRss();
  cpu = process.cpuUsage();
  answer({ state: "online", rssBytesPerDevice: (held - idle) / devices, connectsPerSecond: devices / seconds });
  await new Promise((resolve) => process.once("disconnect", resolve));
};

process.once("message", (order: EngineCostOrder) => {
  void run(order);
});
