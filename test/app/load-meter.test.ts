import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { LoadMeter } from "../../src/app/load-meter.js";
import { createMonotonicClock } from "../../src/domain/clock.js";
import { openRunQueue } from "../../src/files/run-queue.js";

const clock = createMonotonicClock();
const meterOf = () => new LoadMeter({ clock, runQueueUs: openRunQueue() }, 5);
const work = (ms: number) => {
  for (const until = clock() + ms * 1000; clock() < until; );
};

test("a process that does nothing but work is busy all of the time, however long it waited before", async () => {
  using meter = meterOf();
  meter.start();
  // the loop has been around, and idle: timers of other tests or none
  for (let i = 0; i < 3; i++) await setImmediate();
  meter.look();
  const sentAt = clock();
  work(30);
  const mark = meter.look();
  const load = meter.between(sentAt, mark);
  assert.ok(load);
  assert.ok(load.utilization > 0.999, `${load.utilization}`);
  // where the process had no core just before, the delay began then: of that, what lies in the window counts
  assert.equal(load.loopDelayMaxMs, Math.min(mark.lateUs, mark.at - load.from) / 1000);
  assert.ok(load.loopDelayMaxMs >= 25, "a delay that still goes on counts");
  assert.ok(load.cpuCores > 0);
});

test("the collector's pauses are found in the window they lie in, and in no other", async () => {
  using meter = meterOf();
  meter.start();
  const from = clock();
  let pauses = meter.pausesIn({ from, to: clock() });
  // the test's time limit ends this where no collection ever shows
  while (pauses.gcCount === 0) {
    Array.from({ length: 100_000 }, (_, i) => ({ i }));
    await setImmediate();
    pauses = meter.pausesIn({ from, to: clock() });
  }
  assert.ok(pauses.gcTotalMs >= pauses.gcMaxMs && pauses.gcMaxMs > 0);
  assert.deepEqual(meter.pausesIn({ from: clock(), to: clock() }), { gcCount: 0, gcTotalMs: 0, gcMaxMs: 0 });
});

test("at rest it keeps nothing running, and starts again", () => {
  using meter = meterOf();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  meter.start();
  meter.start();
  meter.rest();
  meter.rest();
  assert.equal(timers(), 0);
  meter.start();
  assert.ok(meter.between(clock(), meter.look()) !== undefined);
});
