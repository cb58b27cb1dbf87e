import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { REMOTE_BACKOFF } from "../../src/domain/backoff.js";
import type { Ramp } from "../../src/domain/pacing.js";
import { ownRows, slotOf } from "../../src/domain/stagger.js";
import { micros } from "../../src/domain/time.js";
import { ConnectorStage, refusal } from "../support/connector-stage.js";

const second = (shape: Ramp["shape"]): Ramp => ({ shape, duration: micros(1e6) });

test("a ramp's attempts are made when they are due, and connect times count from then", (context) => {
  const pace = { perSecond: 200, ramp: second("linear") };
  const stage = new ConnectorStage(context, { deviceCount: 150, pace });
  stage.onOpen = (device) => stage.online(device);
  stage.start();
  const opened = [250, 250, 250, 250, 250].map((ms) => {
    stage.pass(ms);
    return stage.opened.length;
  });
  // the area under the rate: 100 t², and 200 more a second from the first on
  assert.deepEqual(opened, [7, 26, 57, 101, 150]);
  assert.equal(stage.reports[0]?.online, 150);
  assert.ok((stage.reports[0]?.connect.maxUs ?? Number.NaN) < 10_001, "no attempt waited longer than a tick");
});

test("an exponential ramp begins slowly", (context) => {
  const pace = { perSecond: 128, ramp: second("exponential") };
  const stage = new ConnectorStage(context, { deviceCount: 100, pace });
  stage.start();
  stage.pass(500);
  // (e^(t·ln 128) − 1) / ln 128 at a half
  assert.equal(stage.opened.length, 1 + 2);
  stage.pass(500);
  assert.equal(stage.opened.length, 1 + 26);
});

test("a ramp's fleet is not late before its last device is due", (context) => {
  const pace = { perSecond: 1, ramp: { shape: "linear", duration: micros(100e6) } as const };
  const stage = new ConnectorStage(context, { deviceCount: 3, pace, connectTimeout: micros(1e6) });
  stage.onOpen = (device) => stage.online(device);
  stage.start();
  // the third is due after √(2 · 100 · 2) s
  stage.pass(19_900);
  assert.equal(stage.opened.length, 2);
  stage.pass(200);
  assert.deepEqual([stage.opened.length, stage.reports[0]?.online], [3, 3]);
});

test("processes that share a start share one schedule: each slot is one device's, at its own time", (context) => {
  const due = new Map<number, number>();
  for (const shard of [0, 1, 2]) {
    const stagger = { shard, shards: 3, fleet: 100 };
    const { first, end } = ownRows(stagger);
    const stage = new ConnectorStage(context, { deviceCount: end - first, connectRate: 100, stagger });
    stage.onOpen = (device) => due.set(slotOf(stagger, device), stage.now);
    // a process that begins late has a schedule that began before
    stage.pass(shard * 10);
    stage.connector.start(micros(1_000_000));
    stage.pass(1000);
    stage.connector.stop();
  }
  assert.equal(due.size, 100);
  for (const [slot, at] of due) {
    const late = at - (1_000_000 + slot * 10_000);
    assert.ok(late >= 0 && late <= 20_000, `slot ${slot} ${late} µs late`);
  }
});

test("a fleet that was lost as a whole comes back no faster than it came", (context) => {
  const deviceCount = 100;
  const stage = new ConnectorStage(context, { deviceCount, connectRate: 20, reconnect: true, random: () => 0 });
  stage.onOpen = (device) => stage.online(device);
  stage.start();
  stage.pass(5000);
  assert.equal(stage.opened.length, deviceCount);
  for (let device = 0; device < deviceCount; device++) stage.offline(device, true);
  // the back-off of all of them is over after a second
  const back = [1010, 1000, 1000, 1000, 1000, 1000].map((ms) => {
    stage.pass(ms);
    return stage.opened.length - deviceCount;
  });
  assert.deepEqual(back, [2, 22, 42, 62, 82, 100]);
});

/** What becomes of an attempt: how long it takes, whether it succeeds, and how long the connection lasts. */
const fate = fc.record({
  answerMs: fc.constantFrom(0, 0, 10, 300, 2_000),
  online: fc.boolean(),
  lastsMs: fc.constantFrom(0, 10, 500, 12_000, 61_000),
});

test("off loopback no device tries more than 5 times in any minute, whatever becomes of its attempts", (context) => {
  const draws = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(fate, { minLength: 1, maxLength: 12 }), draws, (fates, drawn) => {
      const attempts: number[][] = [[], []];
      const later: { at: number; run: () => void }[] = [];
      let draw = 0;
      let attempt = 0;
      const stage = new ConnectorStage(context, {
        deviceCount: 2,
        backoff: REMOTE_BACKOFF,
        reconnect: true,
        random: () => drawn[draw++ % drawn.length] as number,
      });
      const after = (ms: number, run: () => void) => {
        if (ms === 0) run();
        else later.push({ at: stage.now + ms * 1000, run });
      };
      stage.onOpen = (device) => {
        attempts[device]?.push(stage.now);
        const { answerMs, online, lastsMs } = fates[attempt++ % fates.length] as (typeof fates)[number];
        after(answerMs, () => {
          if (!online) return stage.refuse(device, refusal("connack-3"));
          stage.online(device);
          // a lost connection, or one that churn ended: the connector cannot tell
          after(lastsMs, () => stage.offline(device, true));
        });
      };
      stage.start();
      for (let passed = 0; passed < 240_000; passed += 10) {
        stage.pass(10);
        for (let i = later.length - 1; i >= 0; i--) {
          if ((later[i]?.at ?? 0) <= stage.now) later.splice(i, 1)[0]?.run();
        }
      }
      stage.connector.stop();
      for (const times of attempts) {
        assert.ok(times.length >= 2, "it does come back");
        for (let i = 5; i < times.length; i++) {
          const span = (times[i] as number) - (times[i - 5] as number);
          assert.ok(span >= 60e6, `six attempts within ${span / 1e6} s`);
        }
      }
    }),
    { numRuns: 25 },
  );
});
