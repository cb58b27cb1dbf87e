import assert from "node:assert/strict";
import { test } from "node:test";
import { ticksOf } from "../../src/app/shard-ticks.js";

test("a process of many devices looks and reports more seldom", () => {
  const [few, many] = [ticksOf(4_999), ticksOf(5_000)];
  assert.ok(many.lookMs > few.lookMs && many.reportMs > few.reportMs);
});
