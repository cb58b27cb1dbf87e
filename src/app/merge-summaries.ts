import { FOREIGN_IDS_KEPT } from "../domain/arrival-table.js";
import type { GeneratorSummary, ShardSummary } from "../domain/generator.js";
import { LATEST_KEPT } from "../domain/lateness.js";
import type { FleetSummary, LateDevice, MeasureResult, TargetSummary } from "../domain/measure-result.js";
import type { ScenarioSummary } from "../domain/scenario-summary.js";
import { addCounts } from "./merge-reports.js";

const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value): value is T => value !== null);
const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);
const largestKnown = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : largest(present(values));

/** One target of several alike: the first that is no recording's, with the hosts of all. */
export const mergeTargets = (targets: readonly [TargetSummary, ...TargetSummary[]]): TargetSummary => ({
  ...(targets.find(({ kind }) => kind !== "recorded") ?? targets[0]),
  hosts: [...new Set(targets.flatMap(({ hosts }) => hosts))],
});

/**
 * One fleet of several: counts add up; of the times to connect only the maximum can be told from summaries. Null where a run had
 * no fleet of its own.
 */
export const mergeFleets = (fleets: readonly (FleetSummary | null)[]): FleetSummary | null => {
  const known = present(fleets);
  if (known.length === 0 || known.length < fleets.length) return null;
  const sum = (of: (fleet: FleetSummary) => number) => known.reduce((total, fleet) => total + of(fleet), 0);
  const [only] = known;
  return {
    requested: sum((fleet) => fleet.requested),
    online: sum((fleet) => fleet.online),
    failed: addCounts(known.map((fleet) => fleet.failed)),
    connectMs:
      known.length === 1 && only !== undefined
        ? only.connectMs
        : { p50: null, p99: null, max: largestKnown(known.map((fleet) => fleet.connectMs.max)) },
    connectRate: known.length === 1 && only !== undefined ? only.connectRate : null,
    processes: sum((fleet) => fleet.processes),
    reconnects: sum((fleet) => fleet.reconnects),
    published: sum((fleet) => fleet.published),
  };
};

/** One scenario of several alike: what it did to each broadcast adds up. Null where none was played. */
export const mergeScenarios = (scenarios: readonly (ScenarioSummary | null)[]): ScenarioSummary | null => {
  const known = present(scenarios);
  const [first] = known;
  if (first === undefined || known.length === 1) return first ?? null;
  const turns = new Map<string, Turn>();
  for (const turn of known.flatMap((scenario) => scenario.turns)) {
    const before = turns.get(turn.messageId);
    turns.set(turn.messageId, before === undefined ? turn : addTurns(before, turn));
  }
  // of directories with broadcasts of their own each chose from one fleet
  const isSplit = turns.size < known.reduce((sum, scenario) => sum + scenario.turns.length, 0);
  const chosen = known.map(({ devices }) => devices);
  return {
    ...first,
    devices: isSplit ? chosen.reduce((sum, devices) => sum + devices, 0) : largest(chosen),
    excused: known.reduce((sum, { excused }) => sum + excused, 0),
    turns: [...turns.values()],
  };
};

type Turn = ScenarioSummary["turns"][number];

const addTurns = (a: Turn, b: Turn): Turn => ({
  messageId: a.messageId,
  taken: a.taken === null || b.taken === null ? null : a.taken + b.taken,
  lastMs: largestKnown([a.lastMs, b.lastMs]),
  excused: a.excused + b.excused,
  latecomers: a.latecomers + b.latecomers,
  others: a.others + b.others,
});

/** One generator of several: the worst of each figure, the processes one after another. Null where none was looked at. */
export const mergeGenerators = (generators: readonly (GeneratorSummary | null)[]): GeneratorSummary | null => {
  const known = present(generators);
  if (known.length === 0) return null;
  const most = (of: (one: ShardSummary) => number) => largest(known.map((one) => of({ ...one, receiptsPerSecond: 0 })));
  const bound = known.filter((one) => one.bound);
  // as within one run: an event loop without a pause says more than a late one
  const worst =
    bound
      .filter(({ boundBy }) => boundBy === "utilization")
      .reduce<GeneratorSummary | null>(
        (busiest, one) => (busiest === null || one.utilization > busiest.utilization ? one : busiest),
        null,
      ) ??
    bound[0] ??
    null;
  const before = known.slice(0, worst === null ? 0 : known.indexOf(worst));
  const waits = present(known.map(({ runQueueMs }) => runQueueMs));
  return {
    eventLoopDelayMs: {
      p99: most((one) => one.eventLoopDelayMs.p99),
      max: most((one) => one.eventLoopDelayMs.max),
    },
    utilization: most((one) => one.utilization),
    cpuCores: most((one) => one.cpuCores),
    gcMs: {
      count: most((one) => one.gcMs.count),
      total: most((one) => one.gcMs.total),
      max: most((one) => one.gcMs.max),
    },
    runQueueMs: waits.length === 0 ? null : largest(waits),
    bound: bound.length > 0,
    boundBy: worst?.boundBy ?? null,
    boundIn:
      worst === null || worst.boundIn === null
        ? null
        : { ...worst.boundIn, shard: worst.boundIn.shard + before.reduce((sum, { shards }) => sum + shards.length, 0) },
    shards: known.flatMap(({ shards }) => shards),
  };
};

/** Receipts that no broadcast of any of the runs accounts for, as far as counts and the first ids tell. */
export const mergeForeign = (
  totals: readonly MeasureResult["total"][],
  own: ReadonlySet<string>,
): Pick<MeasureResult["total"], "foreign" | "foreignIds" | "afterSettling"> => ({
  foreign: totals.reduce((sum, { foreign }) => sum + foreign, 0),
  foreignIds: [...new Set(totals.flatMap(({ foreignIds }) => foreignIds))]
    .filter((id) => !own.has(id))
    .slice(0, FOREIGN_IDS_KEPT),
  afterSettling: totals.reduce((sum, { afterSettling }) => sum + afterSettling, 0),
});

/**
 * The latest devices of runs with the same broadcasts, and so with devices of their own: exact, because each names as many as the
 * whole does. Of runs with other broadcasts nobody can tell: none.
 */
export const mergeLatestDevices = (summaries: readonly MeasureResult[]): readonly LateDevice[] => {
  const idsOf = ({ broadcasts }: MeasureResult) =>
    broadcasts
      .map(({ messageId }) => messageId)
      .sort()
      .join(" ");
  if (new Set(summaries.map(idsOf)).size > 1) return [];
  return summaries
    .flatMap(({ total }) => total.latestDevices)
    .sort((a, b) => b.meanMs - a.meanMs || (a.deviceName < b.deviceName ? -1 : 1))
    .slice(0, LATEST_KEPT);
};
