import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorClock, calibrateClock, createMonotonicClock } from "../../src/domain/clock.js";
import { micros, toUnix } from "../../src/domain/time.js";

const hrtimeUs = (): number => Number(process.hrtime.bigint()) / 1000;

test("the clock reads the host's monotonic time, within its uncertainty", () => {
  const { now, uncertaintyUs } = calibrateClock();
  assert.ok(uncertaintyUs >= 0);
  for (let i = 0; i < 1000; i++) {
    const before = hrtimeUs();
    const at = now();
    const after = hrtimeUs();
    // 1 µs for what doubles round
    assert.ok(before - uncertaintyUs - 1 <= at && at <= after + uncertaintyUs + 1, `${before} ${at} ${after}`);
  }
});

test("it never goes backwards", () => {
  const now = createMonotonicClock();
  let last = now();
  for (let i = 0; i < 10_000; i++) {
    const at = now();
    assert.ok(at >= last);
    last = at;
  }
});

test("an anchor lies between two readings and turns monotonic into Unix time", () => {
  const now = createMonotonicClock();
  const [before, unixBefore] = [now(), Date.now()];
  const anchor = anchorClock(now, "boot");
  const [after, unixAfter] = [now(), Date.now()];
  assert.ok(anchor.monotonicUs >= Math.floor(before) && anchor.monotonicUs <= Math.ceil(after));
  assert.ok(anchor.unixUs >= unixBefore * 1000 && anchor.unixUs <= unixAfter * 1000);
  assert.equal(anchor.bootId, "boot");
});

test("Unix times are whole µs by one anchor, so that a step of the wall clock changes no duration", () => {
  const anchor = { bootId: "b", monotonicUs: micros(1000), unixUs: micros(1_700_000_000_000_000) };
  assert.equal(toUnix(anchor, micros(1000.4)), 1_700_000_000_000_000);
  assert.equal(toUnix(anchor, micros(1500.6)), 1_700_000_000_000_501);
  assert.equal(toUnix(anchor, micros(0)), 1_699_999_999_999_000);
});
