import type { DeviceEngine } from "../../src/app/ports.js";
import { createMonotonicClock } from "../../src/domain/clock.js";
import type { DeviceTriplet } from "../../src/domain/device.js";
import type { EngineOptions } from "../../src/fleet/engine-options.js";
import { RecordingSink } from "./mqtt-recording-sink.js";

/** An engine's factory, as the contract suite takes it. */
export type EngineFactory = (options: EngineOptions) => Promise<DeviceEngine>;

/** A secret that must show up nowhere. */
export const SECRET = "5ec7e7c0ffee5ec7e7c0ffee5ec7e7c0";

/** So many devices of one product. */
export const triplets = (count: number): DeviceTriplet[] =>
  Array.from({ length: count }, (_, i) => ({
    productKey: "a1B2c3D4e5F",
    deviceName: `dev_${String(i).padStart(6, "0")}`,
    deviceSecret: SECRET,
  }));

/** An engine with its sink; on disposal the engine is disposed and the sink's promises are checked. */
export class EngineStage implements AsyncDisposable {
  readonly engine: DeviceEngine;
  readonly sink: RecordingSink;
  readonly #opens = new Map<number, number>();

  private constructor(engine: DeviceEngine, sink: RecordingSink) {
    this.engine = engine;
    this.sink = sink;
  }

  /** One device on 127.0.0.1:`port`, unless `overrides` say otherwise. */
  static async set(create: EngineFactory, port: number, overrides: Partial<EngineOptions> = {}): Promise<EngineStage> {
    const sink = new RecordingSink();
    const engine = await create({
      devices: triplets(1),
      endpoints: [{ protocol: "mqtt", host: "127.0.0.1", port }],
      login: { kind: "triplet", sign: "hmacsha256" },
      keepaliveSeconds: 300,
      subscriptions: () => [],
      qos: 0,
      localAddresses: [],
      tls: { insecure: false },
      connectTimeoutMs: 30_000,
      clock: createMonotonicClock(),
      sink,
      ...overrides,
    });
    return new EngineStage(engine, sink);
  }

  /** `engine.open`, counted. */
  open(device = 0): void {
    this.#opens.set(device, (this.#opens.get(device) ?? 0) + 1);
    this.engine.open(device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
    this.sink.assertBalanced(this.#opens);
    if (JSON.stringify(this.sink.events).includes(SECRET)) throw new Error("the secret reached the sink");
  }
}
