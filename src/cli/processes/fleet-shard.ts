import { burdenSink } from "../../app/burdened-sink.js";
import { FleetShard } from "../../app/fleet-shard.js";
import type { DeviceSink } from "../../app/ports.js";
import type { ShardCommand, ShardPlan, ShardReport } from "../../app/shard-messages.js";
import { parentLine } from "../../backplane/ipc.js";
import { createMonotonicClock } from "../../domain/clock.js";
import type { DeviceTriplet } from "../../domain/device.js";
import type { DeviceSource } from "../../domain/device-source.js";
import { IotbError, reasonOf } from "../../domain/errors.js";
import type { Micros } from "../../domain/time.js";
import { openRunQueue } from "../../files/run-queue.js";
import type { EngineOptions } from "../../fleet/engine-options.js";
import { plainClientId } from "../../protocol/mqtt-credentials.js";
import { fillFilter } from "../../protocol/topics.js";
import { devicesOf } from "../devices-of.js";

/** How a fleet process talks MQTT. */
export type ShardEngine = {
  readonly name: "lean" | "mqttjs";
  readonly options: Omit<EngineOptions, "devices" | "clock" | "sink" | "subscriptions">;
  /** Filters that may hold `%c`, `${productKey}` and `${deviceName}`. */
  readonly subscriptions: readonly string[];
  /** Work on every receipt, for a rehearsal. */
  readonly receiptWork?: Micros | null;
};

/** What a fleet process hears: its plan once and first, then commands. */
export type ShardProcessMessage =
  | {
      readonly kind: "plan";
      readonly plan: Omit<ShardPlan, "devices">;
      readonly source: DeviceSource;
      readonly engine: ShardEngine;
    }
  | ShardCommand;

/** The endpoints from the one on that is the first device's: device i of the whole fleet uses endpoint i mod n. */
const rotate = <T>(endpoints: readonly T[], by: number): T[] =>
  endpoints.map((_, i) => endpoints[(i + by) % endpoints.length] as T);

type PlanMessage = Extract<ShardProcessMessage, { kind: "plan" }>;

const startShard = async ({ plan: common, source, engine }: PlanMessage): Promise<FleetShard> => {
  const plan: ShardPlan = { ...common, devices: await devicesOf(source) };
  const clock = createMonotonicClock();
  const { login } = engine.options;
  const clientIdOf = (device: DeviceTriplet) =>
    login.kind === "plain" ? plainClientId(login.clientIdPrefix, device) : undefined;
  const optionsFor = (sink: DeviceSink): EngineOptions => ({
    ...engine.options,
    endpoints: rotate(engine.options.endpoints, plan.firstDevice),
    devices: plan.devices,
    fleet: plan.stagger.fleet,
    pingPhase: plan.stagger.shard / plan.stagger.shards,
    subscriptions: (device) => engine.subscriptions.map((template) => fillFilter(template, device, clientIdOf(device))),
    clock,
    sink: engine.receiptWork ? burdenSink(sink, engine.receiptWork, clock) : sink,
  });
  const createEngine = async (sink: DeviceSink) => {
    if (engine.name === "lean") return (await import("../../fleet/lean-engine.js")).createLeanEngine(optionsFor(sink));
    return (await import("../../fleet/mqttjs-engine.js")).createMqttjsEngine(optionsFor(sink));
  };
  return FleetShard.create({ ...plan, plainTopics: login.kind === "plain" }, line, clock, createEngine, openRunQueue());
};

let shard: Promise<FleetShard> | null = null;

const line = parentLine<ShardProcessMessage, ShardReport>(() => {
  // the coordinator is gone: nobody is left to measure for, and devices must not stay online unattended
  void Promise.resolve(shard)
    .then((running) => running?.[Symbol.asyncDispose]())
    .finally(() => process.removeAllListeners("message"));
});

line.onMessage((message) => {
  if (message.kind === "plan") {
    shard = startShard(message);
    shard.catch((thrown: unknown) => {
      const [code, hint] =
        thrown instanceof IotbError ? ([thrown.code, thrown.hint] as const) : (["internal", null] as const);
      line.send({ kind: "failed", code, message: reasonOf(thrown), hint });
    });
    return;
  }
  void shard?.then(
    (running) =>
      running.command(message).catch((thrown: unknown) => {
        // a defect: die loudly rather than measure wrongly; the coordinator counts these devices as unknown
        setImmediate(() => {
          throw thrown;
        });
      }),
    () => undefined, // told by `failed` already
  );
});
