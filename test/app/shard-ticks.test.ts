import assert from "node:assert/strict";
import { test } from "node:test";
import { ticksOf } from "../../src/app/shard-ticks.js";

test("a process of many devices looks and reports more seldom", () => {
  const [few, many] = [ticksOf(4_999, 50_000), ticksOf(5_000, 49_999)];
  const large = ticksOf(5_000, 50_000);
  assert.ok(many.lookMs > few.lookMs && many.reportMs > few.reportMs);
  assert.ok(large.lookMs > many.lookMs);
});
