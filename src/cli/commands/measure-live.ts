import { judgeRun } from "../../app/judge-run.js";
import { measureFanout } from "../../app/measure-fanout.js";
import { ShardedFleet } from "../../app/sharded-fleet.js";
import { anchorClock, calibrateClock } from "../../domain/clock.js";
import { addressAt } from "../../domain/device-roster.js";
import { IotbError } from "../../domain/errors.js";
import { platformEndText, shardEndText } from "../../domain/process-end.js";
import { type Clock, type Micros, micros, toUnix } from "../../domain/time.js";
import { shareOf } from "../../domain/units.js";
import { readBootId } from "../../files/boot-id.js";
import { watchOomKills } from "../../files/oom-kills.js";
import { aimAtBroker } from "../aim-at-broker.js";
import { aimAtPlatform } from "../aim-at-platform.js";
import type { CommandContext } from "../command.js";
import { startFleetProcesses } from "../compose/fleet-processes.js";
import { engineFor } from "../engine-settings.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { backoffOf, fleetPlan } from "../fleet-plan.js";
import { exitOfRun } from "../judged-exit.js";
import { kicked } from "../kicked.js";
import { heedFindings } from "../machine-check.js";
import type { MeasureRecord } from "../measure-record.js";
import { MeasureScreen } from "../measure-screen.js";
import { type MeasureSetup, setUpMeasure } from "../measure-setup.js";
import type { LiveMeasureOptions } from "../options/measure.js";
import type { ShardEngine } from "../processes/fleet-shard.js";
import { receiptWork } from "../receipt-work.js";
import { runSetup } from "../run-setup.js";
import { startOwnPlatform } from "../start-own-platform.js";

/** `iotb measure` with a fleet of its own. */
export const measureLive = async (
  options: LiveMeasureOptions,
  context: CommandContext,
  record: MeasureRecord | null,
): Promise<ExitCode> => {
  const { output, signal } = context;
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
  const workers = setup.platformProcesses;
  const { faults } = options;
  await using platform = target.local
    ? await startOwnPlatform({ devices, workers, quota: target.quota, faults })
    : null;
  if (platform !== null) output.detail(`local platform: pid ${platform.pid}`);
  platform?.workerPids.forEach((pid, i) => {
    output.detail(`local platform's worker ${i}: pid ${pid}`);
  });
  let running = true;
  let held: ShardedFleet | null = null;
  void platform?.ended.then((how) => {
    if (!running) return;
    const come = held === null ? null : { mostOnline: held.mostOnline, devices: devices.count };
    abort.abort(new IotbError("platform-ended", platformEndText(how, come, oomKills())));
  });
  await using aim =
    target.broker === null
      ? await aimAtPlatform(context, options, setup, platform, clock)
      : await aimAtBroker(context, options, setup, target.broker, clock);

  const engine = {
    ...(await engineFor(context, { ...options.fleet, topics: setup.topics }, aim.endpoints, target.tls, aim.login)),
    receiptWork: receiptWork(context),
  };
  const calibration = options.calibrate ? await calibrateFor(options, setup, engine, clock, context) : null;
  const { body } = setup;
  const means = runSetup(options, { body, endpoints: aim.endpoints, engine: engine.name });
  const kept = { body, warmup: options.warmup, faultSeed: options.faults?.seed ?? null, setup: means };
  const recording = (await record?.recordLive(kept, devices, anchor)) ?? null;
  await using fleetProcesses = await startFleetProcesses(devices, {
    processes,
    engine,
    ...fleetPlan(options.fleet, target, aim.guarded),
    record: false,
    keepPayloads: false,
    keepArrivals: recording !== null,
    recordPresence: recording !== null,
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
  using screen = new MeasureScreen(output, {
    devices: devices.count,
    processes,
    nameOf,
    anchor,
    clock,
    drain: options.drain,
  });
  const fleet = new ShardedFleet(shards, clock, {
    ...screen.fleetObserver,
    ...recording?.fleetObserver,
    onShardDied: (shard, how) => {
      const lost = shards[shard]?.devices ?? 0;
      invalid.push(shardEndText(how, { lost, online: fleet.online, devices: devices.count }, oomKills()));
      recording?.shardDied();
      screen.trouble("a process of the fleet died");
      shardDied.abort();
    },
    onKicked: (device) => abort.abort(kicked(nameOf(device))),
  });
  held = fleet;
  await screen.connecting();
  const outcome = await measureFanout({
    fleet,
    publisher: recording?.publisherOf(aim.publisher) ?? aim.publisher,
    clock,
    plan: {
      productKey,
      topicFullName: message.topicFullName,
      body,
      warmup: options.warmup,
      broadcasts: options.broadcasts,
      interval: options.interval,
      gap: setup.gap,
      settle: options.settle,
      rule: { linger: options.linger, drain: options.drain },
      waitForFleet: shareOf(options.fleet.waitForFleet, devices.count),
      scenario: options.scenario && {
        scenario: options.scenario.scenario,
        fleet: devices.count,
        rest: backoffOf(target, aim.guarded).floor,
        patience: options.fleet.connectTimeout,
      },
    },
    observer: recording?.observerOf(screen.measureObserver) ?? screen.measureObserver,
    beforeFirst: (online) => aim.beforeFirst(online),
    drain: AbortSignal.any([signal, shardDied.signal]),
    abort: abort.signal,
  });
  running = false;
  const addressOf = (device: number) => addressAt(devices, device);
  const unixOf = (at: Micros) => toUnix(anchor, at);
  const judgement = judgeRun(outcome, {
    target: aim.summary,
    processes,
    thresholds: setup.thresholds,
    allowExcused: options.allowExcused,
    // two processes read their clocks for one latency: both calibrations count
    clockUncertainty: micros(2 * uncertaintyUs),
    invalid,
    calibration,
    scenario: options.scenario,
    interrupted: signal.aborted,
    nameOf,
    addressOf,
    unixOf,
  });
  const calls = recording?.calls ?? [];
  const measured = { judged: judgement, broadcasts: outcome.broadcasts, calls, addressOf, unixOf };
  const judged = (await record?.complete(measured)) ?? judgement;
  screen.finish(judged);
  return exitOfRun(judged.causes, judged.failure, record?.failures);
};

/** The floor of this machine for a fleet like this run's. */
const calibrateFor = async (
  { fleet }: LiveMeasureOptions,
  { devices, processes, productKey, body }: MeasureSetup,
  engine: ShardEngine,
  clock: Clock,
  context: CommandContext,
) => {
  const { runCalibration } = await import("../run-calibration.js");
  const { connectTimeout } = fleet;
  return runCalibration(
    { devices: devices.count, processes, productKey, body, engine, connectTimeout, clock },
    context,
  );
};
