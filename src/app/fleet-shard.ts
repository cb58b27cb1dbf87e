import type { ClosedBy, PresenceChange } from "../domain/broadcast.js";
import { connectOrder } from "../domain/connect-order.js";
import type { DeviceIndex, DeviceTriplet } from "../domain/device.js";
import { PresenceLog } from "../domain/presence.js";
import { ownSlots } from "../domain/stagger.js";
import type { Clock, Micros } from "../domain/time.js";
import { createPropertyPost, propertyPostTopic } from "../protocol/property-post.js";
import { BroadcastTracker } from "./broadcast-tracker.js";
import { DeviceChurn } from "./device-churn.js";
import { DeviceConnector } from "./device-connector.js";
import { DeviceScenario } from "./device-scenario.js";
import { LoadMeter } from "./load-meter.js";
import type { DeviceEngine, DeviceSink, Refusal } from "./ports.js";
import { ReceiptStream } from "./receipt-stream.js";
import type { ShardChannel, ShardCommand, ShardPlan, ShardTotals } from "./shard-messages.js";
import { ticksOf } from "./shard-ticks.js";
import { TelemetryWheel } from "./telemetry-wheel.js";

/**
 * One process's part of the fleet: its devices' connections, arrivals and presence. Commands come from the coordinator, reports
 * go back; nothing is sent or allocated per receipt (with recording on, receipts go out in batches).
 */
export class FleetShard implements DeviceSink, AsyncDisposable {
  readonly #plan: ShardPlan;
  readonly #channel: ShardChannel;
  readonly #clock: Clock;
  #engine: DeviceEngine | null = null;
  readonly #connector: DeviceConnector;
  readonly #presence: PresenceLog;
  readonly #tracker: BroadcastTracker;
  readonly #meter: LoadMeter;
  readonly #stream: ReceiptStream | null;
  readonly #churn: DeviceChurn | null;
  readonly #telemetry: TelemetryWheel | null;
  readonly #scenario: DeviceScenario;
  /** What the coordinator was told last, from `live` on. */
  #told: { readonly online: number; readonly refused: number } | null = null;
  #published = 0;
  readonly #disconnects: Record<string, number> = {};
  #changes: PresenceChange[] = [];
  #timer: NodeJS.Timeout | null = null;

  private constructor(plan: ShardPlan, channel: ShardChannel, clock: Clock, runQueueUs: () => number) {
    this.#plan = plan;
    this.#channel = channel;
    this.#clock = clock;
    this.#presence = new PresenceLog(plan.devices.length);
    this.#meter = new LoadMeter(
      { clock, runQueueUs, sleptUs: () => this.#engine?.sleptUs() ?? 0 },
      ticksOf(plan.devices.length, plan.stagger.fleet).lookMs,
    );
    this.#tracker = new BroadcastTracker(plan, this.#presence, this.#meter);
    this.#stream = plan.record ? new ReceiptStream(channel, plan.keepPayloads) : null;
    this.#connector = new DeviceConnector({
      open: (device) => this.#engine?.open(device),
      deviceCount: plan.devices.length,
      order: connectOrder(plan.stagger, plan.firstDevice, plan.devices.length, plan.endpoints),
      clock,
      pace: plan.pace,
      stagger: plan.stagger,
      connectTimeout: plan.connectTimeout,
      backoff: plan.backoff,
      reconnect: plan.reconnect,
      random: Math.random,
      onDone: (report) => {
        this.#report();
        const failedDevices = report.failedDevices.map((device) => device + plan.firstDevice);
        channel.send({ kind: "connected", ...report, failedDevices });
      },
    });
    this.#churn = this.#createChurn();
    this.#telemetry = this.#createTelemetry();
    this.#scenario = this.#createScenario();
  }

  /** A shard with its engine; connects nothing yet. `runQueueUs` is the load meter's (see `LoadSources`). */
  static async create(
    plan: ShardPlan,
    channel: ShardChannel,
    clock: Clock,
    createEngine: (sink: DeviceSink) => Promise<DeviceEngine>,
    runQueueUs: () => number = () => Number.NaN,
  ): Promise<FleetShard> {
    const shard = new FleetShard(plan, channel, clock, runQueueUs);
    shard.#engine = await createEngine(shard);
    return shard;
  }

  /** Does what the coordinator says. */
  async command(command: ShardCommand): Promise<void> {
    switch (command.kind) {
      case "prepare":
        this.#channel.send({ kind: "prepared" });
        break;
      case "connect":
        this.#timer = setInterval(
          () => this.#report(),
          ticksOf(this.#plan.devices.length, this.#plan.stagger.fleet).reportMs,
        );
        this.#connector.start(command.startAt);
        break;
      case "live":
        this.#told = { online: -1, refused: -1 };
        this.#churn?.start();
        this.#telemetry?.start(command.startAt);
        break;
      case "expect":
        this.#channel.send({ kind: "expecting", expected: this.#tracker.expect(command, this.#clock()) });
        break;
      case "scenario":
        this.#channel.send({
          kind: "played",
          turn: command.turn.number,
          ...(await this.#scenario.play(command.turn)),
        });
        break;
      case "accepted":
        this.#tracker.accept(command.messageId, command.sentAt);
        this.#report();
        break;
      case "settle":
        this.#channel.send({ kind: "digest", ...this.#tracker.settle(command) });
        break;
      case "stop":
        this.#channel.send({ kind: "stopping", ...this.#totals() });
        await this[Symbol.asyncDispose]();
        this.#report();
        this.#channel.send({ kind: "stopped", ...this.#totals() });
        break;
    }
  }

  online(device: DeviceIndex, at: Micros): void {
    this.#changed({ device, at, state: "online" });
    this.#connector.onOnline(device, at);
  }

  refused(device: DeviceIndex, _at: Micros, refusal: Refusal): void {
    this.#connector.onRefused(device, refusal);
  }

  offline(device: DeviceIndex, at: Micros, reason: string, closedBy: ClosedBy): void {
    this.#disconnects[reason] = (this.#disconnects[reason] ?? 0) + 1;
    this.#changed({ device, at, state: "offline", reason, closedBy });
    const kicked = reason === "kicked";
    if (kicked) this.#channel.send({ kind: "kicked", device: device + this.#plan.firstDevice });
    this.#connector.onOffline(device, !kicked && reason !== "stopped", reason);
  }

  message(
    device: DeviceIndex,
    at: Micros,
    bytes: Buffer,
    topicStart: number,
    topicEnd: number,
    bodyStart: number,
    bodyEnd: number,
    qos: 0 | 1,
    dup: boolean,
  ): void {
    const idStart = this.#tracker.message(device, at, bytes, topicStart, topicEnd, bodyStart, bodyEnd);
    if (this.#stream === null) return;
    const tag = bytes.subarray(idStart >= 0 ? idStart : topicStart, topicEnd);
    const number = device + this.#plan.firstDevice;
    this.#stream.add(number, at, tag, idStart >= 0, bytes.subarray(bodyStart, bodyEnd), qos, dup);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#connector.stop();
    this.#churn?.[Symbol.dispose]();
    this.#scenario[Symbol.dispose]();
    this.#telemetry?.[Symbol.dispose]();
    this.#meter[Symbol.dispose]();
    await this.#engine?.[Symbol.asyncDispose]();
  }

  #totals(): ShardTotals {
    return {
      ...this.#tracker.totals(),
      reconnects: this.#connector.reconnects,
      published: this.#published,
      disconnects: this.#disconnects,
    };
  }

  #createChurn(): DeviceChurn | null {
    const { churn: rate, devices, stagger } = this.#plan;
    if (rate === null) return null;
    return new DeviceChurn({
      rate,
      deviceCount: devices.length,
      share: ownSlots(stagger, stagger.fleet) / stagger.fleet,
      presence: this.#presence,
      clock: this.#clock,
      random: Math.random,
      leave: (device) => this.#engine?.close(device, "churn"),
    });
  }

  #createScenario(): DeviceScenario {
    const { devices, firstDevice, backoff } = this.#plan;
    return new DeviceScenario({
      deviceCount: devices.length,
      firstDevice,
      clock: this.#clock,
      rest: backoff.floor,
      isOnline: (device) => this.#presence.isOnline(device),
      leave: (device, abruptly, held) => {
        if (held) this.#connector.hold(device);
        this.#engine?.close(device, "scenario", abruptly);
      },
      comeBack: (device, at) => this.#connector.comeBack(device, at),
    });
  }

  #createTelemetry(): TelemetryWheel | null {
    const { publishEvery: every, devices, stagger } = this.#plan;
    if (every === null) return null;
    const nextPost = createPropertyPost();
    return new TelemetryWheel({
      deviceCount: devices.length,
      stagger,
      every,
      clock: this.#clock,
      turn: (device) => {
        if (!this.#presence.isOnline(device)) return;
        const topic = propertyPostTopic(devices[device] as DeviceTriplet);
        if (this.#engine?.publish(device, topic, nextPost())) this.#published++;
      },
    });
  }

  #changed(change: PresenceChange): void {
    this.#presence.record(change);
    const { record, recordPresence, firstDevice } = this.#plan;
    const own = change.state === "offline" && change.reason === "stopped";
    if (record || (recordPresence && !own)) this.#changes.push({ ...change, device: change.device + firstDevice });
  }

  #report(): void {
    this.#stream?.flush();
    if (this.#changes.length > 0) {
      this.#channel.send({ kind: "presence", changes: this.#changes, online: this.#presence.onlineCount });
      this.#changes = [];
    }
    const { online, givenUp: refused } = this.#connector;
    if (this.#connector.isConnecting) {
      this.#channel.send({ kind: "connecting", online, refused });
    } else if (this.#told !== null && (online !== this.#told.online || refused !== this.#told.refused)) {
      this.#told = { online, refused };
      this.#channel.send({ kind: "standing", online, refused });
    }
    for (const progress of this.#tracker.progress(this.#clock())) this.#channel.send(progress);
  }
}
