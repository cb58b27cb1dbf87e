import assert from "node:assert/strict";
import { test } from "node:test";
import { type LoadTurn, LoadTurns } from "../../src/domain/load-turns.js";
import { micros } from "../../src/domain/time.js";

/** A look at `ms`, when the loop had been idle for so many ms in all. */
const look = (ms: number, idleMs: number, more: Partial<LoadTurn> = {}): LoadTurn => ({
  at: micros(ms * 1000),
  idleUs: idleMs * 1000,
  cpuUs: 0,
  runQueueUs: 0,
  lateUs: 0,
  ...more,
});
const turnsOf = (turns: readonly LoadTurn[], capacity = 100) => {
  const kept = new LoadTurns(capacity);
  for (const turn of turns) kept.add(turn);
  return kept;
};
const between = (turns: readonly LoadTurn[], sentMs: number, capacity = 100) => {
  const mark = turns.at(-1);
  assert.ok(mark);
  return turnsOf(turns, capacity).between(micros(sentMs * 1000), mark);
};

test("a wait before the sending does not thin the load out", () => {
  // idle for a second, then busy without a break
  const load = between([look(0, 0), look(1000, 1000), look(1050, 1000), look(1100, 1000)], 1000);
  assert.deepEqual([load?.utilization, load?.from, load?.to], [1, 1_000_000, 1_100_000]);
  assert.ok(Number(between([look(0, 0), look(1000, 1000), look(1100, 1000)], 0)?.utilization) < 0.1);
});

test("a sending between two looks takes its share of what lies between them", () => {
  const turns = [
    look(0, 0),
    look(10, 8, { cpuUs: 2000, runQueueUs: 1000 }),
    look(20, 8, { cpuUs: 12_000, runQueueUs: 3000 }),
  ];
  const load = between(turns, 5);
  assert.equal(load?.from, 5000);
  assert.equal(load?.utilization, 1 - 4 / 15);
  assert.equal(load?.cpuCores, 11 / 15);
  assert.equal(load?.runQueueMs, 2.5);
});

test("only delays of the window count, of one that began before the sending the rest, and one that goes on at the mark", () => {
  const late = (ms: number) => ({ lateUs: ms * 1000 });
  const delays = (turns: readonly LoadTurn[], sentMs: number) => between(turns, sentMs)?.loopDelayMaxMs;
  assert.equal(delays([look(0, 0), look(50, 5, late(45)), look(55, 10), look(60, 15, late(2))], 52), 2);
  assert.equal(delays([look(0, 0), look(50, 5, late(45)), look(55, 10)], 40), 10);
  assert.equal(delays([look(0, 0), look(5, 5), look(100, 5, late(90))], 5), 90);
});

test("the 99th percentile of the delays leaves one in a hundred out", () => {
  const turns = Array.from({ length: 201 }, (_, i) =>
    look(5 * i, 5 * i, { lateUs: i === 100 ? 5000 : i >= 150 ? 300 : 100 }),
  );
  const load = between(turns, 0, 300);
  assert.deepEqual([load?.loopDelayP99Ms, load?.loopDelayMaxMs], [0.3, 5]);
});

test("what the system does not tell is null, not nought", () => {
  const turns = [look(0, 0, { runQueueUs: Number.NaN }), look(10, 5, { runQueueUs: Number.NaN })];
  assert.equal(between(turns, 0)?.runQueueMs, null);
});

test("the oldest looks give way; a window that reaches back beyond them begins at the oldest", () => {
  const turns = Array.from({ length: 10 }, (_, i) => look(10 * i, i < 7 ? 10 * i : 60));
  assert.equal(between(turns, 0, 4)?.from, 60_000);
  assert.equal(between(turns, 0, 4)?.utilization, 1);
  const [mark] = turns;
  assert.ok(mark);
  assert.equal(turnsOf(turns, 4).between(micros(0), mark), null, "nothing is left of it");
});

test("a window without length has no load", () => {
  assert.equal(between([look(5, 5)], 5), null);
});
