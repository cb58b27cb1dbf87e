import assert from "node:assert/strict";
import { test } from "node:test";
import { IotbError } from "../../src/domain/errors.js";
import { type SettledBroadcast, summarizeTotal } from "../../src/domain/summary.js";
import { checkKnowable, checkThreshold, parseThreshold } from "../../src/domain/threshold.js";
import { micros } from "../../src/domain/time.js";
import { digestOf, settled } from "../support/digest-samples.js";

const check = (
  expression: string,
  broadcasts: readonly SettledBroadcast[],
  more: { foreign?: number; online?: number; requested?: number } = {},
) => {
  const {
    observed,
    pass,
    expression: told,
  } = checkThreshold(parseThreshold(expression), {
    broadcasts,
    total: summarizeTotal(broadcasts),
    foreign: 0,
    online: 0,
    requested: 0,
    ...more,
  });
  assert.equal(told, expression);
  return [observed, pass];
};

test("each comparison, below, at and above its limit", () => {
  const at = (ms: number) => [settled(digestOf([ms * 1000]))];
  const row = (operator: string) => [4, 5, 6].map((ms) => check(`max${operator}5ms`, at(ms))[1]);
  assert.deepEqual(row("<"), [true, false, false]);
  assert.deepEqual(row("<="), [true, true, false]);
  assert.deepEqual(row(":"), [true, true, false]);
  assert.deepEqual(row(">"), [false, false, true]);
  assert.deepEqual(row(">="), [false, true, true]);
  assert.deepEqual(row("=="), [false, true, false]);
  assert.deepEqual(row("!="), [true, false, true]);
});

test("a limit that is met exactly is met, in any unit", () => {
  for (const us of [3, 7, 9, 13, 1005, 1_005_000, 2_675_000, 60_000_000]) {
    const broadcasts = [settled(digestOf([us]))];
    for (const limit of [`${us}us`, `${us / 1000}ms`, `${us / 1e6}s`]) {
      if (/e-/.test(limit)) continue;
      assert.equal(check(`max==${limit}`, broadcasts)[1], true, limit);
      assert.equal(check(`max<=${limit}`, broadcasts)[1], true, limit);
      assert.equal(check(`max>=${limit}`, broadcasts)[1], true, limit);
    }
  }
});

test("latency is of all timed broadcasts together, warm-ups left out", () => {
  const broadcasts = [
    settled(digestOf([900_000]), { warmup: true }),
    settled(digestOf([1000, 2000])),
    settled(digestOf([3000, 6000])),
  ];
  assert.deepEqual(check("max<1s", broadcasts), [6, true]);
  assert.deepEqual(check("mean==3ms", broadcasts), [3, true]);
  assert.deepEqual(check("p50<=2ms", broadcasts), [2, true]);
});

test("coverage is the worst timed broadcast's, at any share", () => {
  const broadcasts = [
    settled(digestOf([null]), { warmup: true }),
    settled(digestOf([1000, 4000, 5000])),
    settled(digestOf([2000, 3000, null])),
  ];
  assert.deepEqual(check("coverage(33%)<9", broadcasts), [2, true]);
  assert.deepEqual(check("coverage(66.6%)<4.1", broadcasts), [4.001, true]);
  assert.deepEqual(check("coverage(67%)<1m", broadcasts), [null, false]);
});

test("what the run does not tell does not pass, whatever the comparison", () => {
  const lost = [settled(digestOf([null]))];
  const unlisted = [settled(digestOf([1000]), { basis: "none" as const })];
  for (const expression of ["p99>0", "max!=1", "coverage(50%)>0", "api.p99>=0"]) {
    assert.deepEqual(check(expression, lost), [null, false], expression);
  }
  for (const expression of ["missing==0", "missing<1%", "excused", "delivered>0%", "coverage(50%)<9s"]) {
    assert.deepEqual(check(expression, unlisted), [null, false], expression);
  }
  assert.deepEqual(check("delivered>0", unlisted), [1, true]);
  assert.deepEqual(check("delivered>=0%", []), [null, false]);
  assert.deepEqual(check("coverage(50%)<9s", []), [null, false]);
});

test("counts, and percentages of the expected deliveries or of the devices asked for", () => {
  const broadcasts = [settled(digestOf([1, 1, 1, null])), settled(digestOf([1, 1, 1, 1]))];
  assert.deepEqual(check("missing", broadcasts), [1, false]);
  assert.deepEqual(check("missing<=12.5%", broadcasts), [12.5, true]);
  assert.deepEqual(check("delivered>=87.5%", broadcasts), [87.5, true]);
  assert.deepEqual(check("delivered==7", broadcasts), [7, true]);
  assert.deepEqual(check("foreign<3", broadcasts, { foreign: 3 }), [3, false]);
  assert.deepEqual(check("online>=99%", broadcasts, { online: 99, requested: 100 }), [99, true]);
  assert.deepEqual(check("online==99", broadcasts, { online: 99, requested: 100 }), [99, true]);
  assert.deepEqual(check("online>=1%", broadcasts), [null, false]);
});

test("each count is its own", () => {
  const names = ["missing", "excused", "unknown", "duplicates", "latecomers", "strays", "corrupt"] as const;
  const excuse = { device: 0, at: micros(1), reason: "closed", closedBy: "network" as const };
  const digest = {
    ...digestOf([]),
    missing: [1],
    excused: [excuse, excuse],
    unknown: 3,
    duplicates: 4,
    latecomers: [1, 2, 3, 4, 5],
    strays: 6,
    corrupt: [1, 2, 3, 4, 5, 6, 7],
  };
  assert.deepEqual(
    names.map((name) => check(name, [settled(digest)])[0]),
    [1, 2, 3, 4, 5, 6, 7],
  );
});

test("the p99 of the API's calls takes 100 of them", () => {
  const calls = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      settled(digestOf([1]), { sentAt: micros(0), acceptedAt: micros((i + 1) * 1000) }),
    );
  assert.deepEqual(check("api.p99<1s", calls(99)), [null, false]);
  assert.deepEqual(check("api.p99<1s", calls(100)), [99, true]);
});

const knowable = (expression: string, samples: number, calls = 1) => {
  try {
    checkKnowable(parseThreshold(expression), samples, calls);
    return "ok";
  } catch (thrown) {
    assert.ok(thrown instanceof IotbError && thrown.code === "usage" && thrown.hint !== null);
    return thrown.message;
  }
};

test("a percentile that the run cannot know is refused before it starts, with what it takes", () => {
  assert.equal(knowable("p99<5", 99), '--threshold "p99<5": 99 deliveries cannot tell this percentile, it takes 100');
  assert.equal(
    knowable("p999<5", 999),
    '--threshold "p999<5": 999 deliveries cannot tell this percentile, it takes 1000',
  );
  assert.equal(knowable("p50<5", 1), '--threshold "p50<5": 1 deliveries cannot tell this percentile, it takes 2');
  assert.equal(
    knowable("api.p99<5", 1e6, 99),
    '--threshold "api.p99<5": 99 calls cannot tell this percentile, it takes 100',
  );
  for (const [expression, samples] of [
    ["p50<5", 2],
    ["p90<5", 10],
    ["p95<5", 20],
    ["p99<5", 100],
    ["p999<5", 1000],
    ["max<5", 1],
    ["mean<5", 1],
    ["coverage(99%)<5", 1],
    ["missing", 0],
  ] as const) {
    assert.equal(knowable(expression, samples), "ok", expression);
  }
  assert.equal(knowable("api.p99<5", 1, 100), "ok");
});
