import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { mixtureMetrics } from "../../src/domain/broadcast-mixture.js";
import { COMPARED_METRICS } from "../../src/domain/compared-metric.js";
import { cumulativeGrid } from "../../src/domain/cumulative-grid.js";
import { LatencyHistogram } from "../../src/domain/histogram.js";
import { expandedTail, intervalOf, resample } from "../../src/domain/resampling.js";
import { seededRandom } from "../../src/domain/seeded-random.js";
import type { TimedSide } from "../../src/domain/timed-side.js";

// Everything here is seeded: the counts are the same in every run, and no test of this file can fail by chance.
const random = seededRandom(20_240_101, "compare-chance");
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Broadcasts to so many devices whose times are all longer or shorter together, by about `noise`, and each a little by itself. */
const broadcastsOf = (count: number, devices: number, noise: number, factor = 1): number[][] =>
  Array.from({ length: count }, () => {
    const moment = factor * Math.exp(noise * normal());
    return Array.from({ length: devices }, () => Math.round(moment * (5000 + 15_000 * random())));
  });

/** One side without the rounding of histograms, which would take most of the time. */
const sideOf = (broadcasts: readonly (readonly number[])[]): TimedSide => {
  const sorted = broadcasts.map((latencies) => latencies.toSorted((a, b) => a - b));
  const atEach = (place: (times: readonly number[]) => number | undefined) => sorted.map((times) => place(times) ?? 0);
  return {
    broadcasts: broadcasts.length,
    merged: new LatencyHistogram(),
    grid: cumulativeGrid(sorted.map((values) => ({ values, counts: values.map(() => 1) }))),
    sumsUs: atEach((times) => times.reduce((a, b) => a + b, 0)),
    minimaUs: atEach((times) => times[0]),
    maximaUs: atEach((times) => times.at(-1)),
    apiMs: [],
    rates: [],
    coverages: new Map([[0.99, atEach((times) => (times[Math.ceil(0.99 * times.length) - 1] ?? 0) / 1000)]]),
    expectedKnown: true,
    connectRate: null,
  };
};

const metrics = COMPARED_METRICS.filter(({ name }) => ["p50", "p90", "mean", "coverage(99%)"].includes(name));
const NAMES = metrics.map(({ name }) => name);

/** The differences between two sides, resampled, and how they scatter. */
const scatterOf = (before: number[][], after: number[][], seed: number) => {
  const resampled = (broadcasts: number[][]) => ({
    broadcasts: broadcasts.length,
    metricsOf: mixtureMetrics(sideOf(broadcasts), metrics),
  });
  return resample(resampled(before), resampled(after), seed, 2000);
};

/** In how many of `rounds` comparisons each metric's interval does not hold 0. */
const alarms = (
  rounds: number,
  draw: () => readonly [number[][], number[][]],
  tailOf: (broadcasts: number) => number = expandedTail,
): Record<string, number> => {
  const counts = Object.fromEntries(NAMES.map((name) => [name, 0]));
  for (let round = 0; round < rounds; round++) {
    const [before, after] = draw();
    const { differences } = scatterOf(before, after, round);
    NAMES.forEach((name, column) => {
      const { low, high } = intervalOf(differences[column] as Float64Array, tailOf(before.length));
      if (low > 0 || high < 0) counts[name] = (counts[name] ?? 0) + 1;
    });
  }
  return counts;
};

const say = (t: TestContext, what: string, counts: Record<string, number>, rounds: number) =>
  t.diagnostic(`${what}: ${NAMES.map((name) => `${name} ${counts[name]}`).join(", ")} of ${rounds}`);

for (const broadcasts of [5, 10]) {
  test(`two runs of the same: no more than about one false alarm in twenty with ${broadcasts} broadcasts a side`, (t) => {
    const rounds = 200;
    const counts = alarms(rounds, () => [broadcastsOf(broadcasts, 50, 0.1), broadcastsOf(broadcasts, 50, 0.1)]);
    say(t, "false alarms", counts, rounds);
    for (const name of NAMES) {
      const share = (counts[name] ?? 0) / rounds;
      assert.ok(share <= 0.08, `${name}: ${counts[name]} of ${rounds}`);
    }
  });
}

test("left at 2.5 % a side, intervals of five broadcasts are too narrow: twice the false alarms and more", (t) => {
  const rounds = 200;
  const counts = alarms(
    rounds,
    () => [broadcastsOf(5, 50, 0.1), broadcastsOf(5, 50, 0.1)],
    () => 0.025,
  );
  say(t, "false alarms", counts, rounds);
  for (const name of NAMES) assert.ok((counts[name] ?? 0) / rounds > 0.06, `${name}: ${counts[name]} of ${rounds}`);
});

test("a fifth more is found where moments differ by a twentieth", (t) => {
  const rounds = 50;
  const counts = alarms(rounds, () => [broadcastsOf(10, 200, 0.05), broadcastsOf(10, 200, 0.05, 1.2)]);
  say(t, "found", counts, rounds);
  for (const name of NAMES) assert.ok((counts[name] ?? 0) >= 49, `${name}: ${counts[name]} of ${rounds}`);
});

test("receipts taken for independent would cry wolf: those of a broadcast shared its moment", (t) => {
  const rounds = 20;
  // each receipt as a broadcast of its own: what a resampling of receipts would do
  const single = (broadcasts: number[][]) => broadcasts.flat().map((late) => [late]);
  const counts = alarms(rounds, () => [single(broadcastsOf(5, 20, 0.3)), single(broadcastsOf(5, 20, 0.3))]);
  say(t, "false alarms", counts, rounds);
  assert.ok((counts["mean"] ?? 0) > rounds / 4, `mean: ${counts["mean"]} of ${rounds}`);
});

test("more receipts of the same few broadcasts make no narrower interval", () => {
  const moments = Array.from({ length: 10 }, () => Math.exp(0.1 * normal()));
  const width = (devices: number): number => {
    const broadcasts = moments.map((moment) =>
      Array.from({ length: devices }, (_, i) => Math.round(moment * (5000 + (15_000 * (i + 0.5)) / devices))),
    );
    const { differences, tail } = scatterOf(broadcasts.slice(0, 5), broadcasts.slice(5), 1);
    const interval = intervalOf(differences[NAMES.indexOf("mean")] as Float64Array, tail);
    return interval.high - interval.low;
  };
  const [few, many] = [width(20), width(2000)];
  assert.ok(Math.abs(many / few - 1) < 0.01, `${few} ms with 20 receipts a broadcast, ${many} ms with 2,000`);
});
