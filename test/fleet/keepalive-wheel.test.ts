import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { KeepaliveWheel } from "../../src/fleet/keepalive-wheel.js";

test("every device has its turn once in 0.75 keepalives, spread over the seconds", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    const turns = new Map<number, number>();
    let inThisSecond = 0;
    const wheel = new KeepaliveWheel(1000, 100, (device) => {
      turns.set(device, (turns.get(device) ?? 0) + 1);
      inThisSecond++;
    });
    for (let second = 0; second < 150; second++) {
      inThisSecond = 0;
      mock.timers.tick(1000);
      assert.ok(inThisSecond === 13 || inThisSecond === 14, `${inThisSecond} turns in a second`);
    }
    assert.equal(turns.size, 1000);
    assert.deepEqual(new Set(turns.values()), new Set([2]));
    wheel[Symbol.dispose]();
    inThisSecond = 0;
    mock.timers.tick(10_000);
    assert.equal(inThisSecond, 0);
  } finally {
    mock.timers.reset();
  }
});

test("keepalive 0 never turns", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    using _wheel = new KeepaliveWheel(10, 0, () => assert.fail("a turn"));
    mock.timers.tick(100_000);
  } finally {
    mock.timers.reset();
  }
});

test("a wheel that begins later turns at another moment of the second, and may be disposed before", () => {
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  try {
    let turns = 0;
    const wheel = new KeepaliveWheel(1, 1, () => turns++, 250);
    mock.timers.tick(250);
    mock.timers.tick(990);
    assert.equal(turns, 0);
    mock.timers.tick(10);
    assert.equal(turns, 1);
    mock.timers.tick(1000);
    assert.equal(turns, 2);
    wheel[Symbol.dispose]();
    const never = new KeepaliveWheel(1, 1, () => turns++, 250);
    never[Symbol.dispose]();
    mock.timers.tick(5000);
    assert.equal(turns, 2);
  } finally {
    mock.timers.reset();
  }
});
