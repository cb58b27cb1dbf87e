import type { DeviceTriplet } from "../domain/device.js";
import { IdleSockets } from "../tcp/idle-sockets.js";
import type { AccessKey } from "./access-keys.js";
import { createBatchRegistrations } from "./batch-registration.js";
import type { Broker } from "./broker.js";
import { allDevices, createDeviceTable } from "./device-table.js";
import { createFanOut, MANY_DEVICES } from "./fan-out.js";
import { createFaultInjection, type FaultOptions } from "./faults/fault-injection.js";
import { hostPort } from "./listen.js";
import { createLocalBroadcasts, createLocalReach } from "./local-reach.js";
import { startMqttServer } from "./mqtt-server.js";
import { createPacketParser } from "./packet-parser.js";
import { createCounters, type PlatformCounters } from "./platform-counters.js";
import { DEFAULT_LIMITS, type PlatformLimits } from "./platform-limits.js";
import { createQuotas, type QuotaMode } from "./quotas.js";
import type { Throttling } from "./rpc-gateway.js";
import { createRrpcExchanges } from "./rrpc-exchanges.js";
import { createSessionStore } from "./session-store.js";
import { startApi } from "./start-api.js";
import { type PlatformState, restoreSnapshot, snapshotOf } from "./state-snapshot.js";
import type { UpstreamObserver } from "./upstream-observer.js";

/** What a local platform is started with. */
export type PlatformOptions = {
  readonly devices: readonly DeviceTriplet[];
  /** What a platform before it left, beside `devices`. */
  readonly state?: PlatformState;
  /** The address to listen on; loopback where absent. */
  readonly bind?: string;
  /** Ports; 0 takes any free one. */
  readonly mqttPort: number;
  readonly popPort: number;
  /** MQTT over TLS and over WebSocket; not listened for where absent. */
  readonly mqttsPort?: number;
  readonly wsPort?: number;
  readonly instanceId: string;
  readonly accessKeys: readonly AccessKey[];
  readonly limits?: Partial<PlatformLimits>;
  /** Whether the API's and the account's quotas hold; off where absent. What the protocol allows a device always holds. */
  readonly quota?: QuotaMode;
  /** How a call above its quota is answered; by the gateway where absent. */
  readonly throttling?: Throttling;
  /** Keeps the message ids of several platform processes apart, 0 to 1023. */
  readonly worker?: number;
  /** Misbehaviour on request. */
  readonly faults?: FaultOptions;
  /** Clocks, for tests: milliseconds that never go backwards (silence, quotas), and Unix milliseconds. */
  readonly monotonicMs?: () => number;
  readonly unixMs?: () => number;
};

/** A running local platform; disposing of it stops both servers and closes every connection. */
export type LocalPlatform = AsyncDisposable & {
  readonly mqttUrl: string;
  /** MQTT over TLS, with the authority that vouches for it (PEM), and over WebSocket; null where not asked for. */
  readonly mqttsUrl: string | null;
  readonly caPem: string | null;
  readonly wsUrl: string | null;
  readonly popUrl: string;
  readonly instanceId: string;
  productKeys(): string[];
  deviceCount(): number;
  /** Hears of every message of a device that is accepted, until the answer is disposed of. */
  onUpstream(observer: UpstreamObserver): Disposable;
  /** A copy: what was counted up to now. */
  counters(): PlatformCounters;
  /** What is to be kept, a copy; still there when the platform is stopped. */
  state(): PlatformState;
};

/**
 * Starts the local platform. Fails with IotbError `port-in-use` where a server cannot listen (nothing is left running) and
 * `bad-input-file` where the devices cannot be.
 */
export const startLocalPlatform = async (options: PlatformOptions): Promise<LocalPlatform> => {
  const { bind = "127.0.0.1", instanceId, unixMs = Date.now, monotonicMs = () => performance.now() } = options;
  const limits: PlatformLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const devices = createDeviceTable(options.devices, unixMs());
  if (options.state) restoreSnapshot(devices, options.state, unixMs());
  const counters = createCounters();
  const rrpc = createRrpcExchanges(limits.pendingRrpc);
  const faults = options.faults ? createFaultInjection(options.faults, allDevices(devices)) : null;
  const broker: Broker = {
    devices,
    limits,
    counters,
    quotas: createQuotas(options.quota ?? "off", monotonicMs),
    refusesLogin: faults?.refusesLogin ?? null,
    upstreamObservers: new Set([rrpc.observe]),
    parsePacket: createPacketParser(),
    sessions: createSessionStore(),
    idleSockets: new IdleSockets(),
    monotonicMs,
    unixMs,
  };
  const fanOut = faults === null ? createFanOut(broker) : faults.wrapFanOut(createFanOut(broker), broker);
  if (allDevices(devices).length >= MANY_DEVICES) fanOut.prepare();
  const registrations = createBatchRegistrations(limits, unixMs);
  const mqtt = await startMqttServer(broker, bind, options);
  const parts = {
    broker,
    broadcasts: createLocalBroadcasts(broker, fanOut),
    reach: createLocalReach(broker, rrpc),
    registrations,
  };
  const rpc = await startApi({ ...options, bind }, parts, faults).catch(async (error: unknown) => {
    await mqtt[Symbol.asyncDispose]();
    throw error;
  });

  return {
    mqttUrl: `mqtt://${hostPort(bind, mqtt.port)}`,
    mqttsUrl: mqtt.mqttsPort === null ? null : `mqtts://${hostPort(bind, mqtt.mqttsPort)}`,
    caPem: mqtt.caPem,
    wsUrl: mqtt.wsPort === null ? null : `ws://${hostPort(bind, mqtt.wsPort)}/mqtt`,
    popUrl: `http://${hostPort(bind, rpc.port)}`,
    instanceId,
    productKeys: () => [...devices.products.keys()],
    deviceCount: () => [...devices.products.values()].reduce((sum, product) => sum + product.devices.size, 0),
    onUpstream: (observer) => {
      broker.upstreamObservers.add(observer);
      return { [Symbol.dispose]: () => broker.upstreamObservers.delete(observer) };
    },
    counters: () => structuredClone(counters),
    state: () => snapshotOf(devices),
    [Symbol.asyncDispose]: async () => {
      fanOut[Symbol.dispose]();
      registrations[Symbol.dispose]();
      rrpc[Symbol.dispose]();
      await Promise.all([rpc[Symbol.asyncDispose](), mqtt[Symbol.asyncDispose]()]);
    },
  };
};
