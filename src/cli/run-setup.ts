import type { ChurnRate } from "../domain/churn.js";
import type { RunSetup } from "../domain/run-record.js";
import type { Scenario } from "../domain/scenario.js";
import { toMillis } from "../domain/time.js";
import type { MqttEndpoint } from "../protocol/mqtt-endpoint.js";
import type { FaultRequest } from "./options/faults.js";
import type { LiveMeasureOptions } from "./options/measure.js";
import type { ShardEngine } from "./processes/fleet-shard.js";

/** What a live run is sent with and over, once it has taken aim. */
export type RunMeans = {
  readonly body: Uint8Array;
  readonly endpoints: readonly Pick<MqttEndpoint, "protocol">[];
  readonly engine: ShardEngine["name"];
};

/** What shapes the times of a live run, for its manifest: `iotb compare` refuses runs that differ in it. */
export const runSetup = (
  {
    fleet,
    interval,
    faults,
    target,
    scenario,
  }: Pick<LiveMeasureOptions, "fleet" | "interval" | "faults" | "target" | "scenario">,
  { body, endpoints, engine }: RunMeans,
): RunSetup => ({
  payloadBytes: body.length,
  qos: fleet.qos,
  transport: [...new Set(endpoints.map(({ protocol }) => protocol))].sort().join(" "),
  engine,
  intervalMs: interval === null ? null : toMillis(interval),
  faults: faultText(faults),
  quota: target.quota,
  churn: churnText(fleet.life.churn),
  telemetry: fleet.life.publishEvery === null ? null : `every ${toMillis(fleet.life.publishEvery)} ms`,
  scenario: scenarioText(scenario?.scenario ?? null),
});

const scenarioText = (scenario: Scenario | null): string | null => {
  if (scenario === null) return null;
  const { kind, share, at } = scenario;
  const size = share.kind === "count" ? share.count : `${Number((share.fraction * 100).toFixed(6))}%`;
  return `${kind}:${size} at ${toMillis(at)} ms`;
};

/** The same text for the same faults, however they were written; a duration says nothing where a fault takes none. */
const faultText = (faults: FaultRequest): string | null =>
  faults === null
    ? null
    : faults.specs
        .map(({ kind, count, duration }) => `${kind}=${count}:${toMillis(duration)}ms`)
        .sort()
        .join(",");

const churnText = (churn: ChurnRate | null): string | null => {
  if (churn === null) return null;
  return churn.kind === "fraction" ? `${Number((churn.perSecond * 100).toFixed(6))}%/s` : `${churn.perSecond}/s`;
};
