import assert from "node:assert/strict";
import { test } from "node:test";
import { summarizeTotal } from "../../src/domain/summary.js";
import type { Share } from "../../src/domain/units.js";
import { causesOf, type VerdictFacts, verdictOf } from "../../src/domain/verdict.js";

const clean = { ...summarizeTotal([]), expected: 1000, delivered: 1000 };
const facts = (total: Partial<VerdictFacts["total"]> = {}, more: Partial<VerdictFacts> = {}): VerdictFacts => ({
  total: { ...clean, ...total },
  allowExcused: { kind: "count", count: 0 },
  thresholds: [],
  invalid: [],
  errors: [],
  interrupted: false,
  ...more,
});
const told = (of: VerdictFacts) => causesOf(of).map(({ kind, text }) => `${kind}: ${text}`);

test("a clean run passes without a cause", () => {
  assert.deepEqual(causesOf(facts()), []);
  assert.equal(verdictOf([]), "pass");
});

test("duplicates and latecomers are no cause", () => {
  assert.deepEqual(causesOf(facts({ duplicates: 5, latecomers: 5, negativeLatencies: 5 })), []);
});

test("each cause in words", () => {
  assert.deepEqual(told(facts({ missing: 1 })), ["delivery: missing: 1 of 1000 expected deliveries"]);
  assert.deepEqual(told(facts({ strays: 1 })), ["delivery: strays: 1 receipt by devices the broadcast was not for"]);
  assert.deepEqual(told(facts({ strays: 1200 })), [
    "delivery: strays: 1,200 receipts by devices the broadcast was not for",
  ]);
  assert.deepEqual(told(facts({ corrupt: 2 })), ["delivery: corrupt: 2 receipts with other bytes than were sent"]);
  assert.deepEqual(told(facts({ excused: 1 })), [
    "delivery: excused: 1 deliveries to devices whose connection ended, 0 allowed",
  ]);
  assert.deepEqual(told(facts({ unknown: 3 })), ["invalid: unknown: 3 deliveries that nobody can tell of"]);
  assert.deepEqual(told(facts({}, { invalid: ["a shard died"] })), ["invalid: a shard died"]);
  assert.deepEqual(told(facts({}, { errors: ["no network"] })), ["error: no network"]);
  assert.deepEqual(told(facts({}, { interrupted: true })), ["interrupted: the run was interrupted"]);
  const thresholds = [
    { expression: "p99<1", observed: 2, pass: false },
    { expression: "p50<1", observed: 0.5, pass: true },
    { expression: "max<1", observed: null, pass: false },
    { expression: "foreign", observed: 0, pass: false },
  ];
  assert.deepEqual(told(facts({}, { thresholds })), [
    "threshold: threshold p99<1 not met: 2",
    "threshold: threshold max<1 not met: not known",
    "threshold: threshold foreign not met: 0",
  ]);
});

test("excused up to what is allowed, as a number or of the expected", () => {
  const excused = (count: number, allowExcused: Share) => causesOf(facts({ excused: count }, { allowExcused })).length;
  const five: Share = { kind: "count", count: 5 };
  assert.deepEqual([excused(5, five), excused(6, five)], [0, 1]);
  const fivePercent: Share = { kind: "fraction", fraction: 0.05 };
  assert.deepEqual([excused(50, fivePercent), excused(51, fivePercent)], [0, 1]);
});

test("what is not known is no cause by itself", () => {
  assert.deepEqual(causesOf(facts({ expected: null, missing: null, excused: null })), []);
});

test("all causes are told, worst kind first, and the worst kind names the verdict", () => {
  const everything = facts(
    { missing: 1, unknown: 1, excused: 1, strays: 1, corrupt: 1 },
    {
      thresholds: [{ expression: "p99<1", observed: 2, pass: false }],
      invalid: ["x"],
      errors: ["y"],
      interrupted: true,
    },
  );
  const causes = causesOf(everything);
  assert.deepEqual(
    causes.map(({ kind }) => kind),
    ["interrupted", "error", "invalid", "invalid", "delivery", "delivery", "delivery", "delivery", "threshold"],
  );
  const words = causes.map((_, i) => verdictOf(causes.slice(i)));
  assert.deepEqual(words, ["interrupted", "error", "invalid", "invalid", "fail", "fail", "fail", "fail", "fail"]);
});

test("deliveries that the run itself cut off are not held against it, others are", () => {
  const many: Share = { kind: "count", count: 1 };
  assert.deepEqual(told(facts({ excused: 5 }, { ownExcused: 5 })), []);
  assert.deepEqual(told(facts({ excused: 6 }, { ownExcused: 5, allowExcused: many })), []);
  assert.deepEqual(told(facts({ excused: 7 }, { ownExcused: 5, allowExcused: many })), [
    "delivery: excused: 2 deliveries to devices whose connection ended, 1 allowed, beside 5 that the scenario cut off",
  ]);
});
