import type { TestContext } from "node:test";
import { type ConnectorOptions, DeviceConnector } from "../../src/app/device-connector.js";
import type { Refusal } from "../../src/app/ports.js";
import type { ConnectReport } from "../../src/app/shard-messages.js";
import { micros } from "../../src/domain/time.js";

/** An attempt's failure with a text of its own. */
export const refusal = (reason: string, final = false): Refusal => ({ reason, text: `text of ${reason}`, final });

/** A connector whose engine is the test, on a clock and timers that only the test moves. Starts at 1 s. */
export class ConnectorStage {
  readonly connector: DeviceConnector;
  readonly opened: number[] = [];
  readonly reports: ConnectReport[] = [];
  /** Called inside of each `open`, as an engine that answers at once would. */
  onOpen: (device: number) => void = () => undefined;
  readonly #open = new Set<number>();
  readonly #tick: (ms: number) => void;
  #now = 1_000_000;

  /** `connectRate` is a steady pace. */
  constructor(
    context: TestContext,
    {
      connectRate = Number.POSITIVE_INFINITY,
      ...options
    }: Partial<ConnectorOptions> & { readonly connectRate?: number },
  ) {
    context.mock.timers.reset();
    context.mock.timers.enable({ apis: ["setInterval"] });
    this.#tick = (ms) => context.mock.timers.tick(ms);
    this.connector = new DeviceConnector({
      open: (device) => {
        this.opened.push(device);
        this.#open.add(device);
        this.onOpen(device);
      },
      deviceCount: 1,
      clock: () => micros(this.#now),
      pace: { perSecond: connectRate, ramp: null },
      stagger: { shard: 0, shards: 1, fleet: options.deviceCount ?? 1 },
      connectTimeout: micros(5_000_000),
      backoff: { floor: micros(1_000_000), ceiling: micros(30_000_000) },
      reconnect: false,
      random: () => 0.5,
      onDone: (report) => this.reports.push(report),
      ...options,
    });
  }

  /** Lets so many ms pass, in steps of the connector's own timer. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10) {
      this.#now += 10_000;
      this.#tick(10);
    }
  }

  get now(): number {
    return this.#now;
  }

  start(): void {
    this.connector.start(micros(this.#now));
  }

  isOpen(device: number): boolean {
    return this.#open.has(device);
  }

  online(device: number): void {
    this.#open.delete(device);
    this.connector.onOnline(device, micros(this.#now));
  }

  refuse(device: number, why: Refusal): void {
    this.#open.delete(device);
    this.connector.onRefused(device, why);
  }

  offline(device: number, mayReturn: boolean, reason = "closed"): void {
    this.connector.onOffline(device, mayReturn, reason);
  }
}
