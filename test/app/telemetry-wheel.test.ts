import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { TelemetryWheel } from "../../src/app/telemetry-wheel.js";
import { ownRows, type Stagger, slotOf } from "../../src/domain/stagger.js";
import { micros } from "../../src/domain/time.js";

type Turn = { readonly at: number; readonly slot: number };

/** The wheels of all processes of a fleet, on one clock and timers that only the test moves. */
const stage = (context: TestContext, fleet: number, shards: number, everyMs: number) => {
  context.mock.timers.reset();
  context.mock.timers.enable({ apis: ["setInterval"] });
  let now = 0;
  const turns: Turn[] = [];
  const wheels = Array.from({ length: shards }, (_, shard) => {
    const stagger: Stagger = { shard, shards, fleet };
    const { first, end } = ownRows(stagger);
    return new TelemetryWheel({
      deviceCount: end - first,
      stagger,
      every: micros(everyMs * 1000),
      clock: () => micros(now),
      turn: (device) => turns.push({ at: now, slot: slotOf(stagger, device) }),
    });
  });
  const pass = (ms: number, step = 10) => {
    for (let passed = 0; passed < ms; passed += step) {
      now += step * 1000;
      // a timer that is late fires once
      context.mock.timers.tick(10);
    }
  };
  return { wheels, turns, pass };
};

test("each device once in a period, and the fleet evenly over it, whatever the processes", (context) => {
  for (const shards of [1, 3]) {
    const { wheels, turns, pass } = stage(context, 100, shards, 1000);
    for (const wheel of wheels) wheel.start(micros(0));
    pass(990);
    assert.deepEqual(
      turns.map(({ slot }) => slot).sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    );
    for (const { at, slot } of turns) {
      const late = at - slot * 10_000;
      assert.ok(late >= 0 && late <= 10_000, `slot ${slot} ${late} µs late`);
    }
    pass(2000);
    assert.equal(turns.length, 300);
    for (const wheel of wheels) wheel[Symbol.dispose]();
    pass(1000);
    assert.equal(turns.length, 300, "no timer is left");
  }
});

test("a process that was stalled turns late, never twice", (context) => {
  const { wheels, turns, pass } = stage(context, 10, 1, 100);
  wheels[0]?.start(micros(0));
  pass(50);
  const before = turns.length;
  pass(1000, 1000);
  assert.equal(turns.length - before, 10);
  assert.equal(new Set(turns.slice(before).map(({ slot }) => slot)).size, 10);
});

test("nobody has no turns", (context) => {
  const { wheels, turns, pass } = stage(context, 1, 2, 100);
  wheels[1]?.start(micros(0));
  pass(1000);
  assert.deepEqual(turns, []);
});
