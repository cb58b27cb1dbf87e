import { calibrate } from "../app/calibrate.js";
import { ShardedFleet } from "../app/sharded-fleet.js";
import { LOCAL_BACKOFF } from "../domain/backoff.js";
import type { CalibrationSummary } from "../domain/calibration.js";
import { IotbError } from "../domain/errors.js";
import { processesOfOneSide } from "../domain/shard.js";
import type { Clock, Micros } from "../domain/time.js";
import { openFileLimit } from "../files/open-file-limit.js";
import type { CommandContext } from "./command.js";
import { startFleetProcesses } from "./compose/fleet-processes.js";
import { startNullFanOutProcesses } from "./compose/null-fan-out-processes.js";
import type { ShardEngine } from "./processes/fleet-shard.js";
import { madeUpDevices } from "./triplet-generator.js";

/** What a calibration takes over from the run that it is for. */
export type CalibrationRequest = {
  readonly devices: number;
  readonly processes: number;
  readonly productKey: string;
  readonly body: Uint8Array;
  readonly engine: ShardEngine;
  readonly connectTimeout: Micros;
  readonly clock: Clock;
};

/**
 * `measure --calibrate`: as many devices in as many processes of the same engine, connected to a null fan-out on loopback and to
 * nothing else. The devices are made up, so no secret of the user's leaves its place. Everything is gone when it resolves.
 */
export const runCalibration = async (
  request: CalibrationRequest,
  { output, signal }: Pick<CommandContext, "output" | "signal">,
): Promise<CalibrationSummary | null> => {
  const { devices, processes, productKey, body, connectTimeout, clock } = request;
  output.note(`calibration: ${devices} devices against a null fan-out on this machine`);
  await using nullFanOut = await startNullFanOutProcesses(processesOfOneSide(devices, await openFileLimit()), clock);
  await using fleetMembers = await startFleetProcesses(madeUpDevices({ count: devices, productKey, prefix: "dk" }), {
    processes,
    engine: {
      ...request.engine,
      options: {
        ...request.engine.options,
        endpoints: nullFanOut.endpoints,
        localAddresses: [],
        // the null fan-out reads from the login which topic a device has
        login: { kind: "triplet", sign: "hmacsha256" },
      },
    },
    pace: { perSecond: Number.POSITIVE_INFINITY, ramp: null },
    churn: null,
    publishEvery: null,
    connectTimeout,
    backoff: LOCAL_BACKOFF,
    reconnect: false,
    record: false,
    keepPayloads: false,
  });
  const abort = new AbortController();
  const fleet = new ShardedFleet(fleetMembers.shards, clock, {
    onShardDied: (_, how) => abort.abort(new IotbError("shard-died", `a process of the fleet died (${how})`)),
  });
  return await calibrate({
    fleet,
    devices,
    processes,
    productKey,
    body,
    publisher: nullFanOut.publisher,
    clock,
    signal,
    abort: abort.signal,
  });
};
