import assert from "node:assert/strict";
import { test } from "node:test";
import { IotbError } from "../../src/domain/errors.js";
import { micros } from "../../src/domain/time.js";
import { rehearse } from "../support/measure-stage.js";
import { ScriptedShard } from "../support/scripted-shard.js";

test("a drain stops new broadcasts; the one in flight settles and is kept", async () => {
  const rehearsal = rehearse({ observer: { onAccepted: () => rehearsal.drain.abort() } });
  const { failure, broadcasts, totals } = await rehearsal.run();
  assert.deepEqual([failure, broadcasts.length, rehearsal.calls.length], [null, 1, 1]);
  assert.equal(broadcasts[0]?.digest.delivered, 2);
  assert.notEqual(totals, null);
});

test("a drain waits for what is in flight as long as its rule says; an abort does not", async () => {
  for (const how of ["drain", "abort"] as const) {
    let settledAt = 0;
    const shard = new ScriptedShard(1, (command) => {
      if (command.kind === "settle") settledAt = command.settledAt;
      return false;
    });
    const rehearsal = rehearse({
      shards: [shard],
      plan: { rule: { linger: micros(2000), drain: micros(2000) } },
      observer: { onAccepted: () => rehearsal[how].abort() },
    });
    const { broadcasts } = await rehearsal.run();
    const [only] = broadcasts;
    assert.equal(broadcasts.length, 1, how);
    assert.equal(settledAt - (only?.acceptedAt ?? 0) >= 2000, how === "drain", `${how}: ${settledAt}`);
  }
});

test("a drain while waiting for the next due time ends the wait", async () => {
  const rehearsal = rehearse({
    plan: { gap: micros(3600e6) },
    observer: { onSettled: () => setImmediate(() => rehearsal.drain.abort()) },
  });
  const { failure, broadcasts } = await rehearsal.run();
  assert.deepEqual([failure, broadcasts.length], [null, 1]);
});

test("a drain while the platform is given time to show the fleet sends nothing", async () => {
  const rehearsal = rehearse({
    plan: { settle: micros(3600e6) },
    observer: { onFleetOnline: () => setImmediate(() => rehearsal.drain.abort()) },
  });
  const { failure, online } = await rehearsal.run();
  assert.deepEqual([failure, online?.online, rehearsal.calls.length], [null, 2, 0]);
});

test("a drain or an abort while connecting is an interruption, and the fleet is stopped", async () => {
  for (const how of ["drain", "abort"] as const) {
    const shard = new ScriptedShard(1, ({ kind }) => {
      if (kind === "connect") rehearsal[how].abort();
      return kind === "connect";
    });
    const rehearsal = rehearse({ shards: [shard] });
    const { failure, online, totals } = await rehearsal.run();
    assert.deepEqual([failure?.code, online], ["interrupted", null]);
    assert.notEqual(totals, null);
    assert.equal(shard.commands.at(-1)?.kind, "stop");
  }
});

test("an abort with a reason is the run's failure, whatever it broke first", async () => {
  const kicked = new IotbError("kicked", "another client holds d1");
  const rehearsal = rehearse({
    publish: (n, _, signal) => {
      if (n !== 2) return undefined;
      rehearsal.abort.abort(kicked);
      assert.equal(signal.aborted, true);
      throw new IotbError("api-unknown-fate", "given up");
    },
  });
  const { failure, broadcasts } = await rehearsal.run();
  assert.deepEqual([failure, broadcasts.length], [kicked, 1]);
});

test("what is ready when the run is stopped is given up, not sent", async () => {
  for (const how of ["drain", "abort"] as const) {
    const rehearsal = rehearse({
      plan: { interval: micros(100_000) },
      observer: {
        onDue: (number) => {
          if (number === 2) setTimeout(() => rehearsal[how].abort(), 0);
        },
      },
    });
    await rehearsal.run();
    assert.deepEqual(
      rehearsal.made.map(({ sent, over }) => [sent, over]),
      [
        [true, true],
        [false, true],
      ],
      how,
    );
  }
});
