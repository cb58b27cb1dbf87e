import type { TestContext } from "node:test";
import { FleetShard } from "../../src/app/fleet-shard.js";
import type { DeviceEngine, DeviceSink } from "../../src/app/ports.js";
import type { ShardPlan, ShardReport } from "../../src/app/shard-messages.js";
import { micros } from "../../src/domain/time.js";
import { broadcastTopic } from "../../src/protocol/topics.js";
import { devicesOf, messageBytes } from "./message-bytes.js";

/** A shard whose engine, channel, clock and timers are the test's. */
export class ShardStage {
  readonly reports: ShardReport[] = [];
  readonly opened: number[] = [];
  readonly shard: FleetShard;
  readonly sink: DeviceSink;
  /** Devices whose connections the shard ended, and how. */
  readonly closed: { readonly device: number; readonly reason: string; readonly abruptly: boolean }[] = [];
  readonly published: { readonly device: number; readonly topic: string; readonly body: string }[] = [];
  disposed = 0;
  readonly #plan: ShardPlan;
  readonly #now: { us: number };
  readonly #tick: (ms: number) => void;

  private constructor(
    plan: ShardPlan,
    shard: FleetShard,
    sink: DeviceSink,
    now: { us: number },
    tick: (ms: number) => void,
  ) {
    this.#plan = plan;
    this.#now = now;
    this.#tick = tick;
    this.shard = shard;
    this.sink = sink;
  }

  /** A shard of d0, d1, … of `pk`, the first of which is number 100 of the run. */
  static async set(context: TestContext, more: Partial<ShardPlan> = {}): Promise<ShardStage> {
    context.mock.timers.reset();
    context.mock.timers.enable({ apis: ["setInterval"] });
    const plan: ShardPlan = {
      devices: devicesOf("pk", 2),
      firstDevice: 100,
      pace: { perSecond: Number.POSITIVE_INFINITY, ramp: null },
      endpoints: 1,
      stagger: { shard: 0, shards: 1, fleet: more.devices?.length ?? 2 },
      connectTimeout: micros(60e6),
      backoff: { floor: micros(1e6), ceiling: micros(30e6) },
      reconnect: false,
      churn: null,
      publishEvery: null,
      record: false,
      keepPayloads: false,
      ...more,
    };
    const now = { us: 1_000_000 };
    let stage: ShardStage | null = null;
    let heard: DeviceSink | null = null;
    const engine: DeviceEngine = {
      open: (device) => stage?.opened.push(device),
      close: (device, reason = "stopped", abruptly = false) => {
        stage?.closed.push({ device, reason, abruptly });
        stage?.close(device, reason);
      },
      publish: (device, topic, body) => {
        stage?.published.push({ device, topic, body: Buffer.from(body).toString() });
        return true;
      },
      sleptUs: () => 0,
      [Symbol.asyncDispose]: async () => {
        if (stage !== null) stage.disposed++;
      },
    };
    const channel = { send: (report: ShardReport) => void stage?.reports.push(report) };
    const shard = await FleetShard.create(
      plan,
      channel,
      () => micros(now.us),
      async (sink) => {
        heard = sink;
        return engine;
      },
    );
    stage = new ShardStage(plan, shard, heard as unknown as DeviceSink, now, (ms) => context.mock.timers.tick(ms));
    return stage;
  }

  get now() {
    return micros(this.#now.us);
  }

  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10) {
      this.#now.us += 10_000;
      this.#tick(10);
    }
  }

  /** Connects, and brings every device online. */
  async online(): Promise<void> {
    await this.shard.command({ kind: "connect", startAt: this.now });
    for (let device = 0; device < this.#plan.devices.length; device++) this.sink.online(device, this.now);
  }

  /** The engine's end of a connection that the shard wants ended. */
  close(device: number, reason: string): void {
    this.sink.offline(device, this.now, reason, "device");
  }

  async expect(topicFullName: string | null = null): Promise<void> {
    await this.shard.command({ kind: "expect", productKey: "pk", topicFullName, body: Buffer.from("{}") });
  }

  receive(device: number, messageId: string): void {
    this.message(device, broadcastTopic(this.#plan.devices[device] ?? { productKey: "", deviceName: "" }, messageId));
  }

  message(device: number, topic: string, body = "{}"): void {
    const { bytes, topicStart, topicEnd, bodyStart, bodyEnd } = messageBytes(topic, body);
    this.sink.message(device, this.now, bytes, topicStart, topicEnd, bodyStart, bodyEnd, 1, true);
  }

  /** The reports of one kind so far. */
  of<K extends ShardReport["kind"]>(kind: K): Extract<ShardReport, { kind: K }>[] {
    return this.reports.filter((report): report is Extract<ShardReport, { kind: K }> => report.kind === kind);
  }
}
