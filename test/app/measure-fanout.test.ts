import assert from "node:assert/strict";
import { test } from "node:test";
import { IotbError } from "../../src/domain/errors.js";
import { micros } from "../../src/domain/time.js";
import { rehearse } from "../support/measure-stage.js";
import { ScriptedShard } from "../support/scripted-shard.js";

test("fleet online, broadcasts one after the other, each settled before the next, warm-ups first, then stop", async () => {
  const told: string[] = [];
  const { run, calls, shards } = rehearse({
    plan: { warmup: 1, broadcasts: 2 },
    observer: {
      onFleetOnline: ({ online }) => told.push(`online ${online}`),
      onAccepted: ({ messageId }) => told.push(`accepted ${messageId}`),
      onSettled: ({ digest }, number) => told.push(`settled ${digest.messageId} as ${number}`),
    },
    beforeFirst: async ({ online }) => {
      told.push(`guard ${online}`);
    },
  });
  const outcome = await run();
  assert.equal(outcome.failure, null);
  assert.deepEqual(told, [
    "online 2",
    "guard 2",
    ...["1", "2", "3"].flatMap((id) => [`accepted ${id}`, `settled ${id} as ${id}`]),
  ]);
  assert.deepEqual(
    outcome.broadcasts.map(({ warmup, basis, digest, dueAt, sentAt }) => [
      warmup,
      basis,
      digest.delivered,
      dueAt === calls[Number(digest.messageId) - 1]?.dueAt,
      sentAt === calls[Number(digest.messageId) - 1]?.sentAt,
    ]),
    [
      [true, "presence", 2, true, true],
      [false, "presence", 2, true, true],
      [false, "presence", 2, true, true],
    ],
  );
  assert.deepEqual(
    shards[0]?.commands.map(({ kind }) => kind),
    ["prepare", "connect", "live", ...["1", "2", "3"].flatMap(() => ["expect", "accepted", "settle"]), "stop"],
  );
});

test("without an interval the next is due a gap after the former settled", async () => {
  const { run, calls } = rehearse({ plan: { broadcasts: 2, gap: micros(500) } });
  const { broadcasts } = await run();
  const [first, second] = broadcasts;
  assert.ok(first && second);
  assert.ok(second.dueAt >= first.acceptedAt + 500);
  assert.ok((calls[1]?.sentAt ?? 0) >= second.dueAt);
});

test("with an interval broadcasts are due on the schedule, and one that starts late keeps its due time", async () => {
  const { run, pass, calls } = rehearse({
    plan: { broadcasts: 3, interval: micros(1000) },
    publish: (n) => {
      if (n === 1) pass(5000);
    },
  });
  const { failure } = await run();
  assert.equal(failure, null);
  const [first, second, third] = calls;
  assert.ok(first && second && third);
  assert.deepEqual([second.dueAt - first.dueAt, third.dueAt - second.dueAt], [1000, 1000]);
  assert.ok(second.sentAt >= first.dueAt + 5000);
});

test("the first is ready before it is due, the others at most a second before; each is let go when it is over", async () => {
  const { run, pass, calls, made } = rehearse({
    plan: { broadcasts: 3, interval: micros(1_060_000) },
    // the clock moves by hand only: to less than a second before the due time, and past that
    observer: { onDue: (number) => void (number > 1 && setTimeout(() => pass(70_000), 1)) },
    onReady: () => pass(999_000),
  });
  await run();
  assert.equal(made.length, 3);
  made.forEach(({ readyAt, sent, over }, i) => {
    const dueAt = calls[i]?.dueAt ?? Number.NaN;
    assert.ok(readyAt < dueAt && readyAt > dueAt - 1_000_000, `ready at ${readyAt}, due at ${dueAt}`);
    assert.deepEqual([sent, over], [true, true]);
  });
});

test("with an interval the next is sent although the former has not settled, but not on a topic: receipts carry no id there", async () => {
  for (const topicFullName of [null, "/broadcast/pk/g"]) {
    const unsettled = new Set<string>();
    let together = 0;
    const shard = new ScriptedShard(1, (command) => {
      if (command.kind === "accepted") unsettled.add(command.messageId);
      if (command.kind === "settle") unsettled.delete(command.messageId);
      together = Math.max(together, unsettled.size);
      return false;
    });
    const rehearsal = rehearse({
      shards: [shard],
      plan: {
        broadcasts: 3,
        interval: micros(10),
        topicFullName,
        rule: { linger: micros(2000), drain: micros(2000) },
      },
    });
    const { broadcasts } = await rehearsal.run();
    assert.equal(broadcasts.length, 3);
    assert.equal(together > 1, topicFullName === null, `${together} at once on ${topicFullName}`);
  }
});

test("a broadcast's past is kept while its call is under way, though another settles meanwhile", async () => {
  let settledFirst: () => void = () => undefined;
  const firstSettled = new Promise<void>((resolve) => {
    settledFirst = resolve;
  });
  const { run, calls, shards, pass } = rehearse({
    plan: { broadcasts: 2, interval: micros(10) },
    publish: async (n) => {
      if (n === 2) {
        pass(100_000);
        await firstSettled;
      }
    },
    observer: { onSettled: () => settledFirst() },
  });
  await run();
  const [firstSettle] = shards[0]?.commands.filter(({ kind }) => kind === "settle") ?? [];
  assert.ok(firstSettle?.kind === "settle");
  assert.ok(
    firstSettle.keepFrom <= (calls[1]?.sentAt ?? 0),
    `kept from ${firstSettle.keepFrom}, the next was sent at ${calls[1]?.sentAt}`,
  );
});

test("while others are in flight, their past is kept too", async () => {
  const shard = new ScriptedShard(1, (command, self) => {
    if (command.kind !== "accepted") return false;
    // the first never gets through; it settles by its drain, after the second
    self.progress(command.messageId, command.messageId === "1" ? 1 : 0, micros(command.sentAt));
    return true;
  });
  const { run, calls } = rehearse({
    shards: [shard],
    plan: { broadcasts: 2, interval: micros(10), rule: { linger: micros(0), drain: micros(3000) } },
  });
  const { broadcasts } = await run();
  const settles = shard.commands.filter((command) => command.kind === "settle");
  assert.deepEqual(
    settles.map(({ messageId }) => messageId),
    ["2", "1"],
  );
  assert.ok((settles[0]?.keepFrom ?? Number.NaN) <= (calls[0]?.sentAt ?? 0));
  assert.deepEqual(
    broadcasts.map(({ digest }) => digest.messageId),
    ["1", "2"],
    "told in the order they were sent",
  );
});

test("too few devices online: nothing is sent, and the reasons are told, the commonest first", async () => {
  const shard = new ScriptedShard(10, (command, self) => {
    if (command.kind !== "connect") return false;
    self.connected(4, { ECONNREFUSED: 1, "connack-5": 5 });
    return true;
  });
  const { run, calls } = rehearse({ shards: [shard], plan: { waitForFleet: 5 } });
  const { failure, online, broadcasts, totals } = await run();
  assert.equal(failure?.code, "fleet-incomplete");
  assert.equal(
    failure?.message,
    "4 of 10 devices came online, 5 are needed: 5 × connack-5: text of connack-5; 1 × ECONNREFUSED: text of ECONNREFUSED",
  );
  assert.deepEqual([calls.length, broadcasts.length, online?.online], [0, 0, 4]);
  assert.notEqual(totals, null, "the fleet was stopped");
});

test("a failed call ends the run, is not repeated, and what was seen is kept", async () => {
  const unknown = new IotbError("api-unknown-fate", "sent, not answered");
  const { run, calls } = rehearse({
    publish: (n) => {
      if (n === 2) throw unknown;
    },
  });
  const { failure, broadcasts, totals } = await run();
  assert.equal(failure, unknown);
  assert.deepEqual([calls.length, broadcasts.length], [2, 1]);
  assert.notEqual(totals, null);
});

test("with an interval, what is in flight when a call fails still settles", async () => {
  const { run } = rehearse({
    plan: { interval: micros(10), rule: { linger: micros(2000), drain: micros(2000) } },
    publish: (n) => {
      if (n === 3) throw new IotbError("api-throttled", "too many");
    },
  });
  const { failure, broadcasts } = await run();
  assert.deepEqual([failure?.code, broadcasts.length], ["api-throttled", 2]);
});

test("a platform that gives one message id twice is refused: its receipts could not be told apart", async () => {
  const { run, shards } = rehearse({ publish: () => "77" });
  const { failure, broadcasts } = await run();
  assert.equal(failure?.code, "api-refused");
  assert.match(failure?.message ?? "", /message id 77 twice/);
  assert.equal(broadcasts.length, 1);
  assert.equal(shards[0]?.commands.filter(({ kind }) => kind === "accepted").length, 1);
});

test("a guard before the first broadcast stops the run", async () => {
  const { run, calls } = rehearse({
    beforeFirst: async () => {
      throw new IotbError("guard", "too many others online");
    },
  });
  assert.equal((await run()).failure?.code, "guard");
  assert.equal(calls.length, 0);
});

test("a defect is a failure of the run, with what was seen", async () => {
  const { run } = rehearse({
    observer: {
      onSettled: () => {
        throw new TypeError("oops");
      },
    },
  });
  const { failure, broadcasts } = await run();
  assert.equal(failure?.code, "internal");
  assert.equal(broadcasts.length, 1);
});
