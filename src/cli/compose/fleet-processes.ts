import type { ShardLink, ShardPlan, ShardReport } from "../../app/shard-messages.js";
import { startProcess } from "../../backplane/process-pool.js";
import type { DeviceRoster } from "../../domain/device-roster.js";
import { IotbError } from "../../domain/errors.js";
import { ownRows } from "../../domain/stagger.js";
import type { ShardEngine, ShardProcessMessage } from "../processes/fleet-shard.js";

/** The fleet as its processes hold it. */
export type FleetProcesses = AsyncDisposable & {
  readonly shards: readonly { readonly link: ShardLink; readonly devices: number; readonly pid: number }[];
};

/** What every shard of a fleet has in common. */
export type FleetProcessPlan = Omit<ShardPlan, "devices" | "endpoints" | "firstDevice" | "stagger"> & {
  readonly engine: ShardEngine;
  readonly processes: number;
};

/**
 * Starts the fleet's processes in parallel and gives each its share: where to find consecutive devices, sizes that differ by one
 * at most, and its slots of the fleet's schedules. When one does not start, the others are stopped.
 * Throws `out-of-resources`, with how far it came.
 */
export const startFleetProcesses = async (devices: DeviceRoster, plan: FleetProcessPlan): Promise<FleetProcesses> => {
  const { engine, processes, ...common } = plan;
  const members: AsyncDisposable[] = [];
  const stopAll = async () => {
    await Promise.all(members.map((member) => member[Symbol.asyncDispose]()));
  };
  const starts = Array.from({ length: processes }, async (_, shard) => {
    const stagger = { shard, shards: processes, fleet: devices.count };
    const { first, end } = ownRows(stagger);
    const own = devices.slice(first, end);
    const member = await startProcess<ShardReport, ShardProcessMessage>({
      entry: new URL("../processes/fleet-shard.js", import.meta.url),
      // a shard allocates next to nothing while it measures: a small young generation halves its memory a device
      execArgv: ["--max-semi-space-size=1"],
    });
    members.push(member);
    member.send({
      kind: "plan",
      engine,
      source: own.source(),
      plan: { ...common, firstDevice: first, stagger, endpoints: engine.options.endpoints.length },
    });
    const link: ShardLink = {
      send: (command) => member.send(command),
      onReport: (handler) => member.onMessage(handler),
      ended: member.ended,
    };
    return { link, devices: own.count, pid: member.pid };
  });
  const settled = await Promise.allSettled(starts);
  const failed = settled.find((start) => start.status === "rejected");
  if (failed) {
    await stopAll();
    throw shortOf(members.length, processes, failed.reason);
  }
  return {
    shards: settled.flatMap((start) => (start.status === "fulfilled" ? [start.value] : [])),
    [Symbol.asyncDispose]: stopAll,
  };
};

/** How far starting came, before what stopped it. */
const shortOf = (started: number, wanted: number, reason: unknown): unknown =>
  reason instanceof IotbError && reason.code === "out-of-resources"
    ? new IotbError(reason.code, `${started} of ${wanted} processes of the fleet were started: ${reason.message}`, {
        hint: reason.hint,
        cause: reason,
      })
    : reason;
