import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRegressionLimit } from "../../src/domain/regression-limit.js";
import { failsWith } from "../support/cli-fails-with.js";

for (const [expression, name, limit, fraction] of [
  ["p99:10%", "p99", 0.1, true],
  ["p999:2.5%", "p999", 0.025, true],
  ["p50:5", "p50", 5, false],
  [" mean : 250us ", "mean", 0.25, false],
  ["p90:1.005s", "p90", 1005, false],
  ["p95:1m", "p95", 60_000, false],
  ["coverage(99%):20ms", "coverage(99%)", 20, false],
  ["coverage(99.95%):0%", "coverage(99.95%)", 0, true],
  ["api.p50:3ms", "api.p50", 3, false],
  ["rate:5%", "rate", 0.05, true],
  ["rate:1000", "rate", 1000, false],
  ["rate:1000/s", "rate", 1000, false],
] as const) {
  test(`${expression} is read`, () => {
    const read = parseRegressionLimit(expression);
    assert.deepEqual([read.metric.name, read.limit, read.fraction], [name, limit, fraction]);
  });
}

for (const [expression, why] of [
  ["p99", /not a limit/],
  ["p99<10%", /not a limit/],
  ["p99:-1%", /not a limit/],
  ["p98:1%", /there is no "p98"; names are p50 p90 p95 p99 p999 mean api\.p50 api\.p99 rate coverage/],
  ["constructor:1%", /there is no "constructor"/],
  ["coverage:1%", /coverage takes a share/],
  ["coverage(0%):1%", /coverage takes a share/],
  ["coverage(101%):1%", /coverage takes a share/],
  ["p99(3%):1%", /p99 takes no argument/],
  ["max:10%", /one receipt makes the maximum/],
  ["connect:10%", /a run logs in once/],
  ["rate:5ms", /rate takes \/s or %/],
  ["p99:5/s", /p99 is a time/],
] as const) {
  test(`${expression} is refused`, () => {
    assert.throws(() => parseRegressionLimit(expression), failsWith("usage", why));
  });
}
