import { judgeRun } from "../../app/judge-run.js";
import { measureFanout } from "../../app/measure-fanout.js";
import { ShardedFleet } from "../../app/sharded-fleet.js";
import { LOCAL_BACKOFF, REMOTE_BACKOFF } from "../../domain/backoff.js";
import { anchorClock, calibrateClock } from "../../domain/clock.js";
import { IotbError } from "../../domain/errors.js";
import { checkPayloadGiven, checkReach, confirmProduct } from "../../domain/guards.js";
import { explainEnd, shardEndText } from "../../domain/process-end.js";
import { isAlibabaHost, isLoopbackHost } from "../../domain/target-host.js";
import { micros, toUnix } from "../../domain/time.js";
import { shareOf } from "../../domain/units.js";
import { readBootId } from "../../files/boot-id.js";
import { watchOomKills } from "../../files/oom-kills.js";
import { formatMqttEndpoint, parseMqttEndpoint } from "../../protocol/mqtt-endpoint.js";
import { heed } from "../ask.js";
import type { CommandContext } from "../command.js";
import { type ApiAccess, openApi, openLocalApi } from "../compose/api-access.js";
import { startFleetProcesses } from "../compose/fleet-processes.js";
import { startPlatformProcess } from "../compose/platform-process.js";
import { engineFor } from "../engine-settings.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { exitOfRun } from "../judged-exit.js";
import { kicked } from "../kicked.js";
import { announceTarget, guardConnecting, isGuarded, mqttEndpointsOf } from "../live-target.js";
import { LOCAL_ACCESS_KEY, LOCAL_INSTANCE_ID } from "../local-platform-defaults.js";
import { heedFindings } from "../machine-check.js";
import { MeasureScreen } from "../measure-screen.js";
import { type MeasureSetup, setUpMeasure } from "../measure-setup.js";
import type { LiveMeasureOptions } from "../options/measure.js";
import { ownConnectRate } from "../own-connect-rate.js";

/** `iotb measure` with a fleet of its own. */
export const measureLive = async (options: LiveMeasureOptions, context: CommandContext): Promise<ExitCode> => {
  const { output, signal, env } = context;
  const { target, message } = options;
  const setup = await setUpMeasure(options, context);
  const { devices, productKey, processes } = setup;
  if (options.dryRun) {
    const { printMeasurePlan } = await import("../measure-plan.js");
    return (await printMeasurePlan(options, setup, output)) ? EXIT.done : EXIT.usage;
  }
  heedFindings(setup.findings, output);
  const { now: clock, uncertaintyUs } = calibrateClock();
  const anchor = anchorClock(clock, readBootId());
  const abort = new AbortController();
  const oomKills = watchOomKills();
  await using platform = target.local ? await startOwnPlatform(options, setup) : null;
  if (platform !== null) output.detail(`local platform: pid ${platform.pid}`);
  let running = true;
  void platform?.ended.then((how) => {
    if (!running) return;
    const why = explainEnd(how, oomKills());
    const text = `the local platform ended during the run (${how})${why === null ? "" : `: ${why}`}`;
    abort.abort(new IotbError("platform-ended", text));
  });
  const api =
    platform === null ? await openApi(target, env, clock) : openLocalApi(platform.popUrl, LOCAL_INSTANCE_ID, clock);
  for (const note of api.notes) output.note(note);
  output.detail(`credentials = ${api.credentialsSource}`);
  const endpoints =
    platform === null
      ? mqttEndpointsOf(target, productKey, setup.host, api)
      : [parseMqttEndpoint(platform.mqttUrl, null)];
  const hosts = endpoints.map((endpoint) => endpoint.host);
  const guarded = isGuarded([...hosts, new URL(api.url).hostname], env);
  await announceTarget(context, target, api, endpoints, productKey);
  await guardSending(options, setup, context, api, guarded);
  await guardConnecting(context, options.fleet, devices, endpoints, api, guarded);

  await using fleetProcesses = await startFleetProcesses(devices, {
    processes,
    engine: await engineFor(context, { ...options.fleet, topics: setup.topics }, endpoints, target.tls),
    connectRate: options.fleet.connectRate ?? ownConnectRate(target),
    connectTimeout: options.fleet.connectTimeout,
    backoff: guarded ? REMOTE_BACKOFF : LOCAL_BACKOFF,
    reconnect: options.fleet.reconnect === "backoff",
    record: false,
    keepPayloads: false,
  });
  const { shards } = fleetProcesses;
  shards.forEach((shard, i) => {
    output.detail(`fleet process ${i}: pid ${shard.pid}, ${shard.devices} devices`);
  });
  const nameOf = (device: number): string => {
    const [product, name] = [devices.productAt(device), devices.nameAt(device)];
    return product === productKey ? name : `${product}/${name}`;
  };
  const shardDied = new AbortController();
  const invalid: string[] = [];
  using screen = new MeasureScreen(output, { devices: devices.count, processes, nameOf, anchor });
  const fleet = new ShardedFleet(shards, clock, {
    ...screen.fleetObserver,
    onShardDied: (shard, how) => {
      const lost = shards[shard]?.devices ?? 0;
      invalid.push(shardEndText(how, { lost, online: fleet.online, devices: devices.count }, oomKills()));
      shardDied.abort();
    },
    onKicked: (device) => abort.abort(kicked(nameOf(device))),
  });
  await screen.connecting();
  const outcome = await measureFanout({
    fleet,
    publisher: api.publisher,
    clock,
    plan: {
      productKey,
      topicFullName: message.topicFullName,
      body: setup.body,
      warmup: options.warmup,
      broadcasts: options.broadcasts,
      interval: options.interval,
      gap: setup.gap,
      settle: options.settle,
      rule: { linger: options.linger, drain: options.drain },
      waitForFleet: shareOf(options.fleet.waitForFleet, devices.count),
    },
    observer: screen.measureObserver,
    beforeFirst: async ({ requested, online }) => {
      // once more, because others may have come online while the fleet did; which of the run's own are missing is not known
      // here, so all of them may be the product's
      const own = Math.max(0, setup.held - (requested - online));
      if (guarded && !options.reachOthers) await guardReach(options, setup, context, api, guarded, own);
      else await askOnce(api, productKey, signal);
    },
    drain: AbortSignal.any([signal, shardDied.signal]),
    abort: abort.signal,
  });
  running = false;
  const judged = judgeRun(outcome, {
    target: {
      kind: hosts.every(isLoopbackHost) && !isAlibabaHost(new URL(api.url).hostname) ? "local" : "alicloud",
      productKey,
      topicFullName: message.topicFullName,
      instanceId: platform === null ? target.instanceId : LOCAL_INSTANCE_ID,
      endpoint: api.url,
      hosts: endpoints.slice(0, 10).map(formatMqttEndpoint),
    },
    processes,
    thresholds: setup.thresholds,
    allowExcused: options.allowExcused,
    // two processes read their clocks for one latency: both calibrations count
    clockUncertainty: micros(2 * uncertaintyUs),
    invalid,
    interrupted: signal.aborted,
    nameOf,
    unixOf: (at) => toUnix(anchor, at),
  });
  screen.finish(judged);
  return exitOfRun(judged.causes, judged.failure);
};

/**
 * A query before the first broadcast: a process's first call loads, compiles and resolves what every call needs, which is no
 * broadcast's time. Whether it is answered does not matter: the account may not be allowed to ask. Where the guard asks, that does.
 */
const askOnce = async (api: ApiAccess, productKey: string, signal: AbortSignal): Promise<void> => {
  await api.registry.product(productKey, signal).catch(() => undefined);
};

const startOwnPlatform = ({ target, faults }: LiveMeasureOptions, { devices }: MeasureSetup) =>
  startPlatformProcess({
    devices: devices.source(),
    mqttPort: 0,
    popPort: 0,
    instanceId: LOCAL_INSTANCE_ID,
    quota: target.quota === "real" ? "real" : "off",
    ...(faults === null ? {} : { faults }),
    accessKeys: [{ accessKeyId: LOCAL_ACCESS_KEY.id, accessKeySecret: LOCAL_ACCESS_KEY.secret }],
  });

/** The guards before the first byte goes out: the message is the user's, the product is meant, nobody else is reached. */
const guardSending = async (
  options: LiveMeasureOptions,
  setup: MeasureSetup,
  context: CommandContext,
  api: ApiAccess,
  guarded: boolean,
): Promise<void> => {
  const loopback = !guarded;
  const { productKey, bodyGiven } = setup;
  await heed(checkPayloadGiven({ loopback, given: bodyGiven }), context);
  await heed(confirmProduct({ loopback, tty: context.canAsk(), productKey, ...options.consent }), context);
  // devices that are taken over are online now and this run's own in a moment
  const alreadyOwn = options.fleet.guards.takeOver ? setup.held : 0;
  await guardReach(options, setup, context, api, guarded, alreadyOwn);
};

/** Refuses if more devices are online than the run's own `connected`. */
const guardReach = async (
  { reachOthers }: LiveMeasureOptions,
  { productKey }: MeasureSetup,
  context: CommandContext,
  api: ApiAccess,
  guarded: boolean,
  connected: number,
): Promise<void> => {
  if (!guarded || reachOthers) return;
  const { onlineCount } = await api.registry.product(productKey, context.signal);
  await heed(checkReach({ loopback: false, onlineCount, held: connected, reachOthers }), context);
};
