import { judgeRun } from "../app/judge-run.js";
import { type MeasureObserver, measureFanout } from "../app/measure-fanout.js";
import { compareRun } from "../app/selftest-comparison.js";
import { expectRun } from "../app/selftest-expectation.js";
import { findRun } from "../app/selftest-finding.js";
import type { RoundPlan } from "../app/selftest-rounds.js";
import { ShardedFleet } from "../app/sharded-fleet.js";
import type { RecordedArrivals } from "../domain/arrivals.js";
import { LOCAL_BACKOFF } from "../domain/backoff.js";
import { anchorClock, calibrateClock } from "../domain/clock.js";
import { type DeviceAddress, deviceKey } from "../domain/device.js";
import { addressAt } from "../domain/device-roster.js";
import { IotbError } from "../domain/errors.js";
import { platformEndText, shardEndText } from "../domain/process-end.js";
import type { SelftestRound } from "../domain/selftest-result.js";
import { fromMillis, micros, toMillis, toUnix } from "../domain/time.js";
import { readBootId } from "../files/boot-id.js";
import { formatFaults } from "../protocol/fault-spec.js";
import { formatMqttEndpoint, parseMqttEndpoint } from "../protocol/mqtt-endpoint.js";
import type { CommandContext } from "./command.js";
import { openLocalApi } from "./compose/api-access.js";
import { startFleetProcesses } from "./compose/fleet-processes.js";
import { engineFor } from "./engine-settings.js";
import { exitOfRun } from "./judged-exit.js";
import { kicked } from "./kicked.js";
import { LOCAL_INSTANCE_ID } from "./local-platform-defaults.js";
import { countWorkers } from "./options/workers.js";
import { readFaultLedger } from "./read-fault-ledger.js";
import { rehearsedWorkers } from "./rehearsed-workers.js";
import { startOwnPlatform } from "./start-own-platform.js";
import { EXAMPLE_PRODUCT, madeUpDevices } from "./triplet-generator.js";

const BODY = Buffer.from('{"volume":80,"mode":4}');
/** From one broadcast's settling to the next. */
const GAP = fromMillis(20);
const CONNECT_TIMEOUT = fromMillis(60_000);
const NO_TLS = { caFile: null, certFile: null, keyFile: null, insecure: false } as const;
const DEVICE_SETTINGS = {
  engine: "lean",
  keepaliveSeconds: 300,
  qos: 0,
  sign: "hmacsha256",
  sourceAddresses: [],
  topics: [],
} as const;

/**
 * One round: a platform with the round's faults and a fleet, each in processes of their own, measured as `measure --local` does and
 * held against the platform's ledger. Throws `interrupted` where a signal came, and what a platform or a fleet fails to start with.
 */
export const runSelftestRound = async (
  plan: RoundPlan,
  { count, processes }: { readonly count: number; readonly processes: number },
  context: CommandContext,
): Promise<SelftestRound> => {
  const { signal, env } = context;
  const { specs, seed, broadcasts } = plan;
  const { now: clock, uncertaintyUs } = calibrateClock();
  const anchor = anchorClock(clock, readBootId());
  const startedAt = clock();
  const devices = madeUpDevices({ count, productKey: EXAMPLE_PRODUCT, prefix: "dk" });
  const workers = rehearsedWorkers(env) ?? (await countWorkers("auto", count));
  const faults = specs.length === 0 ? null : { specs, seed };
  await using platform = await startOwnPlatform({ devices, workers, quota: "off", faults });
  const abort = new AbortController();
  void platform.ended.then((how) => {
    abort.abort(new IotbError("platform-ended", platformEndText(how, null, null)));
  });
  const api = openLocalApi(platform.popUrl, LOCAL_INSTANCE_ID, clock);
  const endpoints = platform.mqttUrls.map((url) => parseMqttEndpoint(url, null));
  await using fleetProcesses = await startFleetProcesses(devices, {
    processes,
    engine: await engineFor(context, DEVICE_SETTINGS, endpoints, NO_TLS),
    pace: { perSecond: Number.POSITIVE_INFINITY, ramp: null },
    connectTimeout: CONNECT_TIMEOUT,
    backoff: LOCAL_BACKOFF,
    reconnect: false,
    churn: null,
    publishEvery: null,
    record: false,
    keepPayloads: false,
    keepArrivals: true,
  });
  const { shards } = fleetProcesses;
  const invalid: string[] = [];
  const shardDied = new AbortController();
  const fleet = new ShardedFleet(shards, clock, {
    onShardDied: (shard, how) => {
      invalid.push(
        shardEndText(how, { lost: shards[shard]?.devices ?? 0, online: fleet.online, devices: count }, null),
      );
      shardDied.abort();
    },
    onKicked: (device) => abort.abort(kicked(devices.nameAt(device))),
  });
  const arrivals = new Map<string, readonly RecordedArrivals[]>();
  const observer: MeasureObserver = {
    onSettled: ({ digest }, _, kept) => void arrivals.set(digest.messageId, kept),
  };
  const outcome = await measureFanout({
    fleet,
    publisher: api.publisher,
    clock,
    plan: {
      productKey: EXAMPLE_PRODUCT,
      topicFullName: null,
      body: BODY,
      warmup: 0,
      broadcasts,
      interval: plan.interval,
      gap: GAP,
      settle: micros(0),
      rule: plan.rule,
      waitForFleet: count,
    },
    observer,
    beforeFirst: async () => undefined,
    drain: AbortSignal.any([signal, shardDied.signal]),
    abort: abort.signal,
  });
  if (signal.aborted) throw new IotbError("interrupted", "the selftest was interrupted");
  // a wrong number is what this is there to find, not an exception
  const addressOf = (device: number): DeviceAddress =>
    device >= 0 && device < count
      ? addressAt(devices, device)
      : { productKey: EXAMPLE_PRODUCT, deviceName: `number ${device}` };
  const keyOf = (device: number): string => deviceKey(addressOf(device));
  const ledger = faults === null ? [] : await readFaultLedger(platform.popUrl);
  const judged = judgeRun(outcome, {
    target: {
      kind: "local",
      productKey: EXAMPLE_PRODUCT,
      topicFullName: null,
      instanceId: LOCAL_INSTANCE_ID,
      endpoint: api.url,
      hosts: endpoints.map(formatMqttEndpoint),
    },
    processes,
    thresholds: [],
    allowExcused: { kind: "count", count: 0 },
    clockUncertainty: micros(2 * uncertaintyUs),
    invalid,
    calibration: null,
    interrupted: false,
    nameOf: keyOf,
    addressOf,
    unixOf: (at) => toUnix(anchor, at),
  });
  const names = Array.from({ length: count }, (_, device) => keyOf(device));
  const found = findRun(
    outcome,
    judged,
    exitOfRun(judged.causes, judged.failure),
    (messageId) => arrivals.get(messageId) ?? [],
    keyOf,
  );
  return {
    name: plan.name,
    faults: formatFaults(specs),
    seed,
    broadcasts,
    ...compareRun(
      specs.map(({ kind }) => kind),
      count,
      ledger,
      expectRun({ devices: names, specs, broadcasts }, ledger),
      found,
    ),
    seconds: Number((toMillis(clock() - startedAt) / 1000).toFixed(3)),
  };
};
