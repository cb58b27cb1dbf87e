import type { RecordedArrivals } from "../domain/arrivals.js";
import type { Acceptance, Message } from "../domain/broadcast.js";
import { IotbError } from "../domain/errors.js";
import type { ShardLoad } from "../domain/generator.js";
import type { SettlingRule } from "../domain/settling.js";
import type { SettledBroadcast } from "../domain/summary.js";
import { type Clock, type Micros, micros } from "../domain/time.js";
import type { PlayedTurn } from "./device-scenario.js";
import type { FleetOnline } from "./merge-reports.js";
import type { Publisher } from "./ports.js";
import { READY_BEFORE } from "./ready-before.js";
import { type DirectedScenario, type Playing, ScenarioDirector } from "./scenario-director.js";
import type { ShardTotals } from "./shard-messages.js";
import type { ShardedFleet } from "./sharded-fleet.js";
import { sleep, sleepUntil } from "./sleep.js";

/** What to measure. */
export type MeasurePlan = Message & {
  /** Extra broadcasts first, whose losses count and whose times do not. */
  readonly warmup: number;
  readonly broadcasts: number;
  /** With it, broadcasts are due so far apart, settled or not; null waits for each to settle. */
  readonly interval: Micros | null;
  /** Without an interval: from one broadcast's settling to the next one's due time. */
  readonly gap: Micros;
  /** From the fleet being online to the first broadcast: a platform may show a new status late. */
  readonly settle: Micros;
  readonly rule: SettlingRule;
  /** Devices that must be online for the run to go on. */
  readonly waitForFleet: number;
  /** What happens to a part of the fleet around each broadcast that is no warm-up. Not with an interval. */
  readonly scenario?: DirectedScenario | null;
};

/** What the use case tells while it is at work; none may block. */
export type MeasureObserver = {
  onFleetOnline?(fleet: FleetOnline): void;
  /** The broadcast with this number, from 1, of so many, is due then. */
  onDue?(number: number, of: number, dueAt: Micros): void;
  onAccepted?(acceptance: Acceptance): void;
  /** `arrivals` only where the fleet was asked to keep them. */
  onSettled?(broadcast: SettledBroadcast, number: number, arrivals: readonly RecordedArrivals[]): void;
};

/** What {@link measureFanout} works with. */
export type MeasureWork = {
  readonly fleet: ShardedFleet;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly plan: MeasurePlan;
  readonly observer: MeasureObserver;
  /** Looked at between the fleet's settling and the first broadcast; throws to stop the run (a guard). */
  readonly beforeFirst: (online: FleetOnline) => Promise<void>;
  /** No new broadcast; what is in flight settles. */
  readonly drain: AbortSignal;
  /** Stop at once: what is in flight is settled as it stands. Its reason, if an `IotbError`, is the run's failure. */
  readonly abort: AbortSignal;
};

/** One broadcast with the load of each shard while it measured it, by the shard's number; null where it is not known. */
export type MeasuredBroadcast = SettledBroadcast & {
  readonly loads: readonly (ShardLoad | null)[];
  /** What its turn of the scenario came to; null where it had none, or was stopped. */
  readonly turn?: PlayedTurn | null;
};

/** Everything the run saw. `failure` is what ended it early, or null. */
export type MeasureOutcome = {
  readonly online: FleetOnline | null;
  readonly broadcasts: readonly MeasuredBroadcast[];
  readonly totals: ShardTotals | null;
  readonly failure: IotbError | null;
};

const asIotbError = (thrown: unknown): IotbError =>
  thrown instanceof IotbError ? thrown : new IotbError("internal", String(thrown), { cause: thrown });

/**
 * Brings the fleet online, sends the broadcasts one call at a time, waits for each to settle and collects the accounts. Never
 * repeats a call. What ends it early is part of the outcome; what was seen until then is kept.
 */
export const measureFanout = async (work: MeasureWork): Promise<MeasureOutcome> => {
  const { fleet, plan, observer, abort } = work;
  const broadcasts: MeasuredBroadcast[] = [];
  let online: FleetOnline | null = null;
  let failure: IotbError | null = null;
  try {
    online = await fleet.connect(AbortSignal.any([work.drain, abort]));
    observer.onFleetOnline?.(online);
    if (online.online < plan.waitForFleet) throw incomplete(online, plan.waitForFleet);
    await sleep(plan.settle, AbortSignal.any([work.drain, abort]));
    if (!work.drain.aborted && !abort.aborted) {
      await work.beforeFirst(online);
      await sendAll(work, broadcasts);
    }
  } catch (thrown) {
    failure = asIotbError(thrown);
    // the call may have been accepted: whether its message arrives is worth a moment
    if (failure.code === "api-unknown-fate") await sleep(plan.rule.linger, abort);
  }
  if (abort.aborted && abort.reason instanceof IotbError) failure = abort.reason;
  const totals = await fleet.stop();
  // with an interval they may have settled in another order
  broadcasts.sort((a, b) => a.sentAt - b.sentAt);
  return { online, broadcasts, totals, failure };
};

const incomplete = (online: FleetOnline, wanted: number): IotbError => {
  const reasons = Object.entries(online.failed)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([reason, count]) => `${count} × ${reason}: ${online.failedTexts[reason] ?? ""}`);
  return new IotbError(
    "fleet-incomplete",
    `${online.online} of ${online.requested} devices came online, ${wanted} are needed: ${reasons.join("; ")}`,
    { hint: "mend the cause, or go on with fewer: --wait-for-fleet 99%" },
  );
};

const repeated = ({ messageId, requestId }: Acceptance): IotbError =>
  new IotbError("api-refused", `the platform gave message id ${messageId} twice: its receipts cannot be told apart`, {
    requestId,
    hint: "each accepted broadcast must have an id of its own; see what answers at this endpoint",
  });

const sendAll = async (work: MeasureWork, done: MeasuredBroadcast[]): Promise<void> => {
  const { plan, clock, fleet, publisher, observer, drain, abort } = work;
  const stop = AbortSignal.any([drain, abort]);
  const settling = new Set<Promise<void>>();
  const inFlight = new Set<Acceptance>();
  const ids = new Set<string>();
  let callFrom = Number.POSITIVE_INFINITY;
  // a broadcast still in flight, or whose call is under way, will ask for the presence at its own sending
  const keepFrom = () => micros(Math.min(clock(), callFrom, ...[...inFlight].map(({ sentAt }) => sentAt)));
  const count = plan.warmup + plan.broadcasts;
  const message: Message = { productKey: plan.productKey, topicFullName: plan.topicFullName, body: plan.body };
  const director = plan.scenario ? new ScenarioDirector(plan.scenario, fleet, clock) : null;
  let failed: unknown;
  let dueAt: Micros | null = null;
  try {
    for (let i = 0; i < count && !stop.aborted && failed === undefined; i++) {
      const scenario = i < plan.warmup ? null : director;
      await scenario?.gather(stop);
      callFrom = clock();
      await fleet.expect(message, abort);
      // the first is due as soon as it is ready
      using first = dueAt === null ? await publisher.prepare(message, abort) : null;
      dueAt = dueAt === null ? clock() : micros(plan.interval === null ? clock() + plan.gap : dueAt + plan.interval);
      if (scenario !== null) dueAt = micros(Math.max(dueAt, scenario.earliestDue()));
      const playing = scenario?.begin(dueAt, abort) ?? null;
      observer.onDue?.(i + 1, count, dueAt);
      if (!(await sleepUntil(micros(dueAt - READY_BEFORE), clock, stop))) break;
      using ready = first ?? (await publisher.prepare(message, abort));
      if (!(await sleepUntil(dueAt, clock, stop))) break;
      const acceptance = await ready.send(dueAt);
      observer.onAccepted?.(acceptance);
      if (ids.has(acceptance.messageId)) throw repeated(acceptance);
      ids.add(acceptance.messageId);
      inFlight.add(acceptance);
      callFrom = Number.POSITIVE_INFINITY;
      const settled = settle(work, acceptance, i < plan.warmup, playing, keepFrom, () => inFlight.delete(acceptance))
        .then(({ arrivals, ...broadcast }) => {
          done.push(broadcast);
          observer.onSettled?.(broadcast, done.length, arrivals);
        })
        .catch((thrown: unknown) => {
          failed ??= thrown;
        })
        .finally(() => settling.delete(settled));
      settling.add(settled);
      // receipts on a topic carry no id: one call in flight per topic
      if (plan.interval === null || plan.topicFullName !== null) await settled;
    }
  } finally {
    await Promise.all(settling);
  }
  if (failed !== undefined) throw failed;
};

const settle = async (
  { fleet, plan, abort }: MeasureWork,
  acceptance: Acceptance,
  warmup: boolean,
  playing: Playing | null,
  keepFrom: () => Micros,
  onSettling: () => void,
): Promise<MeasuredBroadcast & { readonly arrivals: readonly RecordedArrivals[] }> => {
  const { digest, loads, arrivals } = await fleet.settle(
    acceptance,
    plan.rule,
    () => {
      onSettling();
      return keepFrom();
    },
    !warmup,
    abort,
    playing?.openUntil,
  );
  const { broadcast, sentAt, acceptedAt } = acceptance;
  const { dueAt } = broadcast;
  const turn = (await playing?.played) ?? null;
  return { dueAt, sentAt, acceptedAt, warmup, basis: "presence", digest, loads, turn, arrivals };
};
