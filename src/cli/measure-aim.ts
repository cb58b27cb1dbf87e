import type { FleetOnline } from "../app/merge-reports.js";
import type { Publisher } from "../app/ports.js";
import type { TargetSummary } from "../domain/measure-result.js";
import type { DeviceTarget } from "./device-target.js";
import type { ShardEngine } from "./processes/fleet-shard.js";

/** What a live measurement is aimed at, once every guard before connecting has let it. */
export type MeasureAim = AsyncDisposable &
  DeviceTarget & {
    readonly login: ShardEngine["options"]["login"];
    readonly publisher: Publisher;
    /** What the report says of it. */
    readonly summary: TargetSummary;
    /** Between the fleet being online and the first broadcast; throws to stop the run. */
    beforeFirst(online: FleetOnline): Promise<void>;
  };
