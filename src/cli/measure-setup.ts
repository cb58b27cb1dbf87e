import { availableParallelism } from "node:os";
import { type DeviceRoster, devicesByProduct } from "../domain/device-roster.js";
import type { Finding } from "../domain/finding.js";
import { coresOfOneSide, processesOfOneSide } from "../domain/shard.js";
import { checkKnowable, parseThreshold, type Threshold } from "../domain/threshold.js";
import type { Micros } from "../domain/time.js";
import { openFileLimit } from "../files/open-file-limit.js";
import { readPayload } from "../files/payload-file.js";
import { brokerDevices } from "./broker-devices.js";
import { gapBetweenCalls } from "./client-quota.js";
import type { CommandContext } from "./command.js";
import { chooseDevices, productOf } from "./devices-input.js";
import { inspectMachine } from "./machine-check.js";
import type { LiveMeasureOptions } from "./options/measure.js";
import { checkScenarioSize } from "./options/scenario.js";
import { ownConnectRate } from "./own-connect-rate.js";
import { rehearsedWorkers } from "./rehearsed-workers.js";
import { EXAMPLE_PRODUCT, madeUpDevices } from "./triplet-generator.js";

/** What is sent on loopback where no payload is given. */
const SAMPLE_BODY = Buffer.from('{"volume":80,"mode":4}');

/** Everything a run needs to know before anything is started. */
export type MeasureSetup = {
  readonly devices: DeviceRoster;
  /** A device config's host, or null. */
  readonly host: string | null;
  readonly productKey: string;
  /** Devices of the product that this run holds. */
  readonly held: number;
  readonly body: Uint8Array;
  /** Whether the user named the message. */
  readonly bodyGiven: boolean;
  readonly thresholds: readonly Threshold[];
  readonly processes: number;
  /** Workers of the run's own local platform; 0 where it has none. */
  readonly platformProcesses: number;
  /** What the run needs of this machine, and whether it has it. */
  readonly findings: readonly Finding[];
  /** Filters that every device subscribes to, with placeholders. */
  readonly topics: readonly string[];
  readonly gap: Micros;
};

/** Reads and checks all that a run is given. Throws `usage`, `bad-input-file`, `payload-invalid`, `api-throttled`. */
export const setUpMeasure = async (
  options: LiveMeasureOptions,
  { stdin, signal, env }: CommandContext,
): Promise<MeasureSetup> => {
  const { target, fleet, message } = options;
  const thresholds = options.thresholds.map(parseThreshold);
  const { devices, host } =
    target.broker !== null
      ? { devices: await brokerDevices(fleet), host: null }
      : fleet.devicesFile === null
        ? { devices: localDevices(options), host: null }
        : await chooseDevices(fleet.devicesFile, fleet);
  if (options.scenario !== null) checkScenarioSize(options.scenario, devices.count);
  const productKey = productOf(devices, target.productKey);
  const held = devicesByProduct(devices).get(productKey) ?? 0;
  for (const threshold of thresholds) checkKnowable(threshold, held * options.broadcasts, options.broadcasts);
  const { payload, raw, topicFullName } = message;
  const limit = await openFileLimit();
  const cores = target.local ? coresOfOneSide(availableParallelism()) : availableParallelism();
  const auto = processesOfOneSide(devices.count, limit, cores);
  const processes = Math.min(fleet.workers === "auto" ? auto : fleet.workers, devices.count);
  const body = payload === null ? SAMPLE_BODY : await readPayload(payload, { raw, stdin, signal });
  const platformProcesses = target.local ? (rehearsedWorkers(env) ?? auto) : 0;
  const counts = { devices: devices.count, fleetProcesses: processes, platformProcesses, bodyBytes: body.length };
  const findings = await inspectMachine({
    ...counts,
    fleet: { ...fleet, connectRate: fleet.connectRate ?? ownConnectRate(target) },
    target,
  });
  return {
    devices,
    host,
    productKey,
    held,
    body,
    bodyGiven: payload !== null,
    thresholds,
    processes,
    platformProcesses,
    findings,
    topics:
      topicFullName === null ? fleet.topics : [...fleet.topics, groupFilter(topicFullName, target.broker === null)],
    gap: gapBetweenCalls(target, topicFullName, options.interval),
  };
};

const localDevices = ({ fleet, target }: LiveMeasureOptions): DeviceRoster =>
  madeUpDevices({ count: fleet.count ?? 0, productKey: target.productKey ?? EXAMPLE_PRODUCT, prefix: "dk" });

/**
 * The topic of a subscribed broadcast as a filter of each device's own product: no device may subscribe to another's. A plain
 * broker's topics have no product in them.
 */
const groupFilter = (topicFullName: string, hasProduct: boolean): string =>
  !hasProduct ? topicFullName : topicFullName.replace(/^\/broadcast\/[^/]+\//, `/broadcast/${"$"}{productKey}/`);
