import { type DeviceRoster, devicesByProduct } from "../domain/device-roster.js";
import { IotbError } from "../domain/errors.js";
import { connectionsPerProcess, fleetProcesses } from "../domain/shard.js";
import { checkKnowable, parseThreshold, type Threshold } from "../domain/threshold.js";
import type { Micros } from "../domain/time.js";
import { openFileLimit } from "../files/open-file-limit.js";
import { readPayload } from "../files/payload-file.js";
import { gapBetweenCalls } from "./client-quota.js";
import type { CommandContext } from "./command.js";
import { chooseDevices, productOf } from "./devices-input.js";
import type { LiveMeasureOptions } from "./options/measure.js";
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
  /** Filters that every device subscribes to, with placeholders. */
  readonly topics: readonly string[];
  readonly gap: Micros;
};

/** Reads and checks all that a run is given. Throws `usage`, `bad-input-file`, `payload-invalid`, `api-throttled`. */
export const setUpMeasure = async (
  options: LiveMeasureOptions,
  { stdin, signal }: CommandContext,
): Promise<MeasureSetup> => {
  const { target, fleet, message } = options;
  const thresholds = options.thresholds.map(parseThreshold);
  const { devices, host } =
    fleet.devicesFile === null
      ? { devices: localDevices(options), host: null }
      : await chooseDevices(fleet.devicesFile, fleet);
  const productKey = productOf(devices, target.productKey);
  const held = devicesByProduct(devices).get(productKey) ?? 0;
  for (const threshold of thresholds) checkKnowable(threshold, held * options.broadcasts, options.broadcasts);
  const { payload, raw, topicFullName } = message;
  const limit = await openFileLimit();
  const asked = fleet.workers === "auto" ? fleetProcesses(devices.count, limit) : fleet.workers;
  const processes = Math.min(asked, devices.count);
  checkOpenFiles(devices.count, processes, target.local, limit);
  return {
    devices,
    host,
    productKey,
    held,
    body: payload === null ? SAMPLE_BODY : await readPayload(payload, { raw, stdin, signal }),
    bodyGiven: payload !== null,
    thresholds,
    processes,
    topics: topicFullName === null ? fleet.topics : [...fleet.topics, groupFilter(topicFullName)],
    gap: gapBetweenCalls(target, topicFullName, options.interval),
  };
};

/** Refuses a fleet that the open files of a process cannot hold, rather than lose devices half way. Throws `usage`. */
const checkOpenFiles = (devices: number, processes: number, local: boolean, limit: number | null): void => {
  const most = connectionsPerProcess(limit);
  const why = limit === null ? "this system does not tell its limit of open files" : `${limit} open files a process`;
  if (local && devices > most) {
    throw new IotbError(
      "usage",
      `the local platform is one process and holds ${most} connections here (${why}), not ${devices}`,
      {
        hint: `use -c ${most} or fewer, or raise the limit: ulimit -n`,
      },
    );
  }
  const largest = Math.ceil(devices / processes);
  if (largest <= most) return;
  throw new IotbError("usage", `${largest} connections a process are too many here (${why})`, {
    hint: `use --workers ${Math.ceil(devices / most)} or more, or --workers auto`,
  });
};

const localDevices = ({ fleet, target }: LiveMeasureOptions): DeviceRoster =>
  madeUpDevices({ count: fleet.count ?? 0, productKey: target.productKey ?? EXAMPLE_PRODUCT, prefix: "dk" });

/** The topic of a subscribed broadcast as a filter of each device's own product: no device may subscribe to another's. */
const groupFilter = (topicFullName: string): string =>
  topicFullName.replace(/^\/broadcast\/[^/]+\//, `/broadcast/${"$"}{productKey}/`);
