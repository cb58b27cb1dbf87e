import { setTimeout } from "node:timers/promises";
import type { FleetOnline } from "../../app/merge-reports.js";
import type { ShardTotals } from "../../app/shard-messages.js";
import { ShardedFleet } from "../../app/sharded-fleet.js";
import { anchorClock, createMonotonicClock } from "../../domain/clock.js";
import type { DeviceRoster } from "../../domain/device-roster.js";
import { IotbError } from "../../domain/errors.js";
import { explainEnd } from "../../domain/process-end.js";
import { processesOfOneSide } from "../../domain/shard.js";
import { summarizeLatency } from "../../domain/summary.js";
import { toMillis } from "../../domain/time.js";
import { shareOf } from "../../domain/units.js";
import { readBootId } from "../../files/boot-id.js";
import { watchOomKills } from "../../files/oom-kills.js";
import { openFileLimit } from "../../files/open-file-limit.js";
import { openReceiptLog } from "../../files/receipt-log.js";
import type { CommandContext } from "../command.js";
import { startFleetProcesses } from "../compose/fleet-processes.js";
import { engineFor } from "../engine-settings.js";
import { EXIT, type ExitCode, exitCodeOf } from "../exit-codes.js";
import { fleetPlan } from "../fleet-plan.js";
import { kicked } from "../kicked.js";
import { heedFindings, inspectMachine } from "../machine-check.js";
import { printFailure } from "../print-error.js";
import { createReceiptRecorder } from "../receipt-recorder.js";
import { receiptWork } from "../receipt-work.js";
import { DEVICES_SHOWN_SINGLY, SimulateScreen } from "../simulate-screen.js";
import { openSimulatedFleet } from "../simulated-fleet.js";
import type { SimulateOptions } from "./simulate.js";

/** So many devices that are not online are named. */
const NAMES_SHOWN = 5;

/** Brings devices online and keeps them there until time, a limit, a signal or a kick ends it; answers the exit code. */
export const runSimulate = async (options: SimulateOptions, context: CommandContext): Promise<ExitCode> => {
  const { output, signal } = context;
  const { target, fleet: fleetOptions, receiptsFile } = options;
  const toStdout = receiptsFile === "-";
  if (toStdout && output.mode.json) {
    throw new IotbError("usage", "--json and --receipts -: both go to stdout", { hint: "give the receipts a file" });
  }
  const clock = createMonotonicClock();
  const { devices, endpoints, guarded, login } = await openSimulatedFleet(context, clock, options);

  const shown = toStdout ? 0 : devices.count;
  const keepPayloads = options.keepPayloads || (shown > 0 && shown <= DEVICES_SHOWN_SINGLY);
  const { workers } = fleetOptions;
  const auto = workers === "auto" ? processesOfOneSide(devices.count, await openFileLimit()) : workers;
  const processes = Math.min(auto, devices.count);
  const counts = { devices: devices.count, fleetProcesses: processes, platformProcesses: 0, bodyBytes: 0 };
  heedFindings(await inspectMachine({ ...counts, fleet: fleetOptions, target }), output);
  await using fleetMembers = await startFleetProcesses(devices, {
    processes,
    engine: {
      ...(await engineFor(context, fleetOptions, endpoints, target.tls, login)),
      receiptWork: receiptWork(context),
    },
    ...fleetPlan(fleetOptions, target, guarded),
    record: true,
    keepPayloads,
  });
  fleetMembers.shards.forEach((shard, i) => {
    output.detail(`fleet process ${i}: pid ${shard.pid}, ${shard.devices} devices`);
  });
  const anchor = anchorClock(clock, readBootId());
  await using log =
    receiptsFile === null ? null : await openReceiptLog({ path: receiptsFile, stdout: output.stdout }, anchor);
  const recorder = log === null ? null : createReceiptRecorder(log, devices, options.keepPayloads);
  using screen = toStdout ? null : new SimulateScreen(output, devices);
  using progress = await output.progress("connecting", devices.count);

  const stop = new AbortController();
  const oomKills = watchOomKills();
  const failures: IotbError[] = [];
  const fail = (error: IotbError) => {
    failures.push(error);
    stop.abort();
  };
  let receipts = 0;
  const fleet = new ShardedFleet(fleetMembers.shards, clock, {
    onConnecting: (online, refused) => progress.update(online, refused > 0 ? `${refused} refused` : ""),
    onKicked: (device) => fail(kicked(devices.nameAt(device))),
    onShardDied: (shard, how) => {
      const lost = fleetMembers.shards[shard]?.devices ?? 0;
      const hint = explainEnd(how, oomKills());
      const text = `a process of the fleet died (${how}): its ${lost} devices are gone; ${fleet.online} were online by then`;
      fail(new IotbError("shard-died", text, { hint }));
    },
    onPresence: (changes) => recorder?.presence(changes),
    onReceipts: (batch) => {
      recorder?.receipts(batch);
      screen?.receipts(batch);
      receipts += batch.count;
      if (options.limit !== null && receipts >= options.limit) stop.abort();
    },
  });
  const ended = AbortSignal.any([signal, stop.signal]);
  let online: FleetOnline | null = null;
  try {
    online = await fleet.connect(ended);
    progress.stop();
    const wanted = shareOf(fleetOptions.waitForFleet, devices.count);
    const reasons = failedText(online, devices);
    if (online.online < wanted) {
      throw new IotbError(
        "fleet-incomplete",
        `${online.online} of ${online.requested} devices are online, ${wanted} are needed${reasons}`,
        {
          hint: "mend the cause, or go on with fewer: --wait-for-fleet 90%",
        },
      );
    }
    output.note(`online ${online.online}/${online.requested} in ${online.seconds.toFixed(2)} s${reasons}`);
    await waitForEnd(options, ended);
  } catch (thrown) {
    if (!(thrown instanceof IotbError)) throw thrown;
    if (thrown.code !== "interrupted") failures.push(thrown);
  }
  progress.stop();
  const totals = await fleet.stop();
  screen?.[Symbol.dispose]();
  await log?.end();
  output.json(simulateSummary(online, { ...totals, receipts }, devices.count, clock() - anchor.monotonicUs));
  const [failure] = failures;
  if (failure === undefined) return EXIT.done;
  printFailure(failure, output);
  return exitCodeOf(failure.code);
};

const waitForEnd = async ({ duration }: SimulateOptions, ended: AbortSignal): Promise<void> => {
  if (duration !== null) {
    await setTimeout(toMillis(duration), undefined, { signal: ended }).catch(() => undefined);
    return;
  }
  if (!ended.aborted) await new Promise((resolve) => ended.addEventListener("abort", resolve, { once: true }));
};

const failedText = (
  { requested, online, failed, failedTexts, failedDevices }: FleetOnline,
  devices: DeviceRoster,
): string => {
  const reasons = Object.entries(failed).map(
    ([reason, count]) => `; ${count} × ${reason}: ${failedTexts[reason] ?? ""}`,
  );
  const names = failedDevices.slice(0, NAMES_SHOWN).map((device) => devices.nameAt(device));
  const more = requested - online - names.length;
  const who = names.length === 0 ? "" : `; not online: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return reasons.join("") + who;
};

const simulateSummary = (online: FleetOnline | null, totals: ShardTotals, requested: number, elapsedUs: number) => {
  const connect = online === null ? null : summarizeLatency(online.connect);
  return {
    schema: "iotb.simulate/1",
    requested,
    online: online?.online ?? 0,
    failed: online?.failed ?? {},
    connectMs: { p50: connect?.p50 ?? null, p99: connect?.p99 ?? null, max: connect?.max ?? null },
    connectRate: online !== null && online.seconds > 0 ? Math.round(online.online / online.seconds) : null,
    receipts: totals.receipts,
    reconnects: totals.reconnects,
    published: totals.published,
    disconnects: totals.disconnects,
    seconds: Number((elapsedUs / 1e6).toFixed(3)),
  };
};
