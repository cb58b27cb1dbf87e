import {
  type MeasureObserver,
  type MeasurePlan,
  type MeasureWork,
  measureFanout,
} from "../../src/app/measure-fanout.js";
import type { Publisher } from "../../src/app/ports.js";
import { ShardedFleet } from "../../src/app/sharded-fleet.js";
import type { Acceptance, Broadcast } from "../../src/domain/broadcast.js";
import { micros } from "../../src/domain/time.js";
import { ScriptedShard } from "./scripted-shard.js";

/** Everything a rehearsal of a measurement can be told. */
export type Rehearsal = {
  readonly plan?: Partial<MeasurePlan>;
  readonly shards?: readonly ScriptedShard[];
  /** Answers the n-th call (from 1); throws to fail it. The clock stands at the call's sending. */
  readonly publish?: (n: number, broadcast: Broadcast, signal: AbortSignal) => Promise<unknown> | unknown;
  readonly observer?: MeasureObserver;
  /** A broadcast has been made ready. */
  readonly onReady?: () => void;
  readonly beforeFirst?: MeasureWork["beforeFirst"];
};

/** A measurement whose clock only moves by hand and by one µs a reading, so that waiting never takes real time. */
export const rehearse = ({
  plan,
  shards = [new ScriptedShard(2)],
  publish,
  onReady,
  observer,
  beforeFirst,
}: Rehearsal = {}) => {
  let now = 10_000;
  const clock = () => micros(now++);
  const drain = new AbortController();
  const abort = new AbortController();
  const calls: { readonly dueAt: number; readonly sentAt: number; readonly broadcast: Broadcast }[] = [];
  /** What was made ready, when, and what became of it. */
  const made: { readyAt: number; sent: boolean; over: boolean }[] = [];
  const send = async (broadcast: Broadcast, signal: AbortSignal): Promise<Acceptance> => {
    const sentAt = clock();
    const n = calls.push({ dueAt: broadcast.dueAt, sentAt, broadcast });
    const messageId = await publish?.(n, broadcast, signal);
    return {
      broadcast,
      messageId: typeof messageId === "string" ? messageId : `${n}`,
      requestId: `r${n}`,
      sentAt,
      acceptedAt: clock(),
    };
  };
  const publisher: Publisher = {
    prepare: async (message, signal) => {
      const own = { readyAt: clock(), sent: false, over: false };
      made.push(own);
      onReady?.();
      return {
        send: (dueAt) => {
          own.sent = true;
          return send({ ...message, dueAt }, signal);
        },
        [Symbol.dispose]: () => {
          own.over = true;
        },
      };
    },
  };
  const fleet = new ShardedFleet(
    shards.map((shard) => shard.part),
    clock,
    {},
  );
  const run = () =>
    measureFanout({
      fleet,
      publisher,
      clock,
      plan: {
        productKey: "pk",
        topicFullName: null,
        body: Buffer.from("{}"),
        warmup: 0,
        broadcasts: 3,
        interval: null,
        gap: micros(0),
        settle: micros(0),
        rule: { linger: micros(0), drain: micros(0) },
        waitForFleet: 1,
        ...plan,
      },
      observer: observer ?? {},
      beforeFirst: beforeFirst ?? (async () => undefined),
      drain: drain.signal,
      abort: abort.signal,
    });
  const pass = (us: number) => {
    now += us;
  };
  return { run, calls, made, drain, abort, pass, shards, clock, fleet };
};
