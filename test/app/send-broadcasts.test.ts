import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Publisher } from "../../src/app/ports.js";
import { type BroadcastPlan, type SendBroadcasts, sendBroadcasts } from "../../src/app/send-broadcasts.js";
import { IotbError } from "../../src/domain/errors.js";
import { micros } from "../../src/domain/time.js";
import { publisherOf } from "../support/one-publish.js";

const body = Buffer.from('{"volume":80}');
const basic: BroadcastPlan = { productKey: "pk", topicFullName: null, body, count: 3, interval: micros(1000) };

/** A rehearsal on a clock that only waiting and calling move; call i takes `costs[i]` µs. */
const rehearse = (plan: BroadcastPlan, costs: readonly number[] = [], more: Partial<SendBroadcasts> = {}) => {
  const stop = new AbortController();
  const hard = new AbortController();
  let now = 5000;
  const calls: { dueAt: number; sentAt: number; signal: AbortSignal }[] = [];
  const accepted: string[] = [];
  const publisher = publisherOf(async (broadcast, signal) => {
    const sentAt = micros(now);
    calls.push({ dueAt: broadcast.dueAt, sentAt, signal });
    now += costs[calls.length - 1] ?? 10;
    return { broadcast, messageId: `${calls.length}`, requestId: "", sentAt, acceptedAt: micros(now) };
  });
  const work: SendBroadcasts = {
    publisher,
    clock: () => micros(now),
    sleep: async (duration) => {
      now += duration;
    },
    plan,
    stop: stop.signal,
    signal: hard.signal,
    onAccepted: ({ messageId }, sha256) => {
      accepted.push(`${messageId} ${sha256}`);
    },
    ...more,
  };
  return { run: () => sendBroadcasts(work), calls, accepted, stop, hard };
};

test("calls are due on the schedule and each accepted one is told with the message's hash", async () => {
  const { run, calls, accepted } = rehearse(basic);
  assert.deepEqual(await run(), { accepted: 3, stopped: false });
  assert.deepEqual(
    calls.map(({ dueAt, sentAt }) => [dueAt, sentAt]),
    [
      [5000, 5000],
      [6000, 6000],
      [7000, 7000],
    ],
  );
  const sha256 = createHash("sha256").update(body).digest("hex");
  assert.deepEqual(accepted, [`1 ${sha256}`, `2 ${sha256}`, `3 ${sha256}`]);
});

test("a call that starts late keeps its due time, and the schedule does not slip", async () => {
  const { run, calls } = rehearse({ ...basic, count: 4 }, [2500]);
  await run();
  assert.deepEqual(
    calls.map(({ dueAt, sentAt }) => [dueAt, sentAt]),
    [
      [5000, 5000],
      [6000, 7500],
      [7000, 7510],
      [8000, 8000],
    ],
  );
});

test("a sleep that wakes early is taken up again", async () => {
  let now = 0;
  const { run, calls } = rehearse({ ...basic, count: 2 }, [], {
    clock: () => micros(now),
    sleep: async () => {
      now += 300;
    },
  });
  await run();
  assert.equal(calls.length, 2);
  assert.equal(now, 1200);
});

test("the first failure ends it: no call is repeated and none follows", async () => {
  let calls = 0;
  const failure = new IotbError("api-unknown-fate", "sent, not answered");
  const publisher = publisherOf(async () => {
    calls++;
    throw failure;
  });
  await assert.rejects(rehearse(basic, [], { publisher }).run(), failure);
  assert.equal(calls, 1);
});

test("a failing listener ends it too", async () => {
  const full = new IotbError("output-failed", "disk full");
  const { run, calls } = rehearse(basic, [], { onAccepted: () => Promise.reject(full) });
  await assert.rejects(run(), full);
  assert.equal(calls.length, 1);
});

test("stopping ends it between two calls: the call in flight is not given up", async () => {
  const rehearsal = rehearse(basic, [], {
    onAccepted: () => {
      rehearsal.stop.abort();
    },
  });
  assert.deepEqual(await rehearsal.run(), { accepted: 1, stopped: true });
  assert.equal(rehearsal.calls[0]?.signal.aborted, false);
  assert.equal(rehearsal.calls.length, 1);
});

test("stopped before the start, nothing is sent; and a stop ends a wait", async () => {
  const early = rehearse(basic);
  early.stop.abort();
  assert.deepEqual(await early.run(), { accepted: 0, stopped: true });
  assert.equal(early.calls.length, 0);

  const waiting = rehearse(basic, [], {
    sleep: async (_, signal) => {
      waiting.hard.abort();
      assert.equal(signal.aborted, true);
    },
  });
  assert.deepEqual(await waiting.run(), { accepted: 1, stopped: true });
  assert.equal(waiting.calls.length, 1);
});

test("each call is made ready a second before it is due, and the first before its due time is set", async () => {
  let now = 5000;
  const told: string[] = [];
  const publisher: Publisher = {
    prepare: async (message) => {
      told.push(`ready at ${now}`);
      now += 700;
      return {
        send: async (dueAt) => {
          told.push(`sent at ${now}, due at ${dueAt}`);
          const sentAt = micros(now);
          return { broadcast: { ...message, dueAt }, messageId: "1", requestId: "", sentAt, acceptedAt: sentAt };
        },
        [Symbol.dispose]: () => told.push("disposed of"),
      };
    },
  };
  const clock = () => micros(now);
  const sleep = async (duration: number) => {
    now += duration;
  };
  const plan = { ...basic, count: 2, interval: micros(3_000_000) };
  await rehearse(plan, [], { publisher, clock, sleep }).run();
  assert.deepEqual(told, [
    "ready at 5000",
    "sent at 5700, due at 5700",
    "disposed of",
    "ready at 2005700",
    "sent at 3005700, due at 3005700",
    "disposed of",
  ]);
});

test("what is ready when a stop comes is given up, not sent", async () => {
  const told: string[] = [];
  const rehearsal = rehearse({ ...basic, interval: micros(3_000_000) }, [], {
    publisher: {
      prepare: async (message) => ({
        send: async (dueAt) => {
          told.push("sent");
          return { broadcast: { ...message, dueAt }, messageId: "1", requestId: "", sentAt: dueAt, acceptedAt: dueAt };
        },
        [Symbol.dispose]: () => told.push("disposed of"),
      }),
    },
    clock: () => micros(told.length === 0 ? 0 : rehearsal.stop.signal.aborted ? 9 : 2_500_000),
    sleep: async () => rehearsal.stop.abort(),
  });
  assert.deepEqual(await rehearsal.run(), { accepted: 1, stopped: true });
  assert.deepEqual(told, ["sent", "disposed of", "disposed of"]);
});
