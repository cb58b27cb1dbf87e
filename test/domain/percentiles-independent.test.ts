import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "../../src/domain/histogram.js";
import { seededRandom } from "../../src/domain/seeded-random.js";
import { histogramOf, summarizeLatency } from "../../src/domain/summary.js";
import { micros } from "../../src/domain/time.js";
import { snapshotOf } from "../support/compared-runs.js";

/** The percentiles, in per mille, that a summary shows. */
const QUANTILES = { p50: 500, p90: 900, p95: 950, p99: 990, p999: 999 } as const;
type Percentile = keyof typeof QUANTILES;
const NAMES = Object.keys(QUANTILES) as Percentile[];

/** Ways in which times may be distributed: functions from a number of [0, 1) to µs. */
const SHAPES: Readonly<Record<string, (random: () => number) => number>> = {
  uniform: (random) => 20_000_000 * random(),
  "log-normal": (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return 15_000 * Math.exp(1.2 * normal);
  },
  // a Pareto tail of index 0.8, which has no mean
  "heavy-tailed": (random) => Math.min(1000 * (1 - random()) ** -1.25, 36_000_000_000),
  constant: () => 1_234_567,
  bimodal: (random) => (random() < 0.985 ? 5000 + 2000 * random() : 10_000_000 + 1_000_000 * random()),
  "below a millisecond": (random) => 900 * random(),
};

const draw = (shape: string, count: number, seed: number): number[] => {
  const random = seededRandom(seed, shape);
  const one = SHAPES[shape] as (random: () => number) => number;
  return Array.from({ length: count }, () => Math.round(one(random)));
};

/** Equal to three significant digits: apart by less than a thousandth. */
const agree = (found: number, wanted: number, what: string): void => {
  assert.ok(Math.abs(found - wanted) <= wanted / 1000, `${what}: ${found} µs, independently ${wanted} µs`);
};

/** Nearest rank on sorted values, with whole numbers only; null where no sample lies above. */
const nearestRank = (sorted: readonly number[], perMille: number): number | null => {
  if (sorted.length * (1000 - perMille) < 1000) return null;
  const rank = Math.floor((sorted.length * perMille + 999) / 1000);
  return sorted[rank - 1] ?? null;
};

const histogramOfTimes = (times: readonly number[]): LatencyHistogram => {
  const histogram = new LatencyHistogram();
  for (const time of times) histogram.record(micros(time));
  return histogram;
};

const samples = fc.record({
  shape: fc.constantFrom(...Object.keys(SHAPES)),
  count: fc.integer({ min: 1, max: 3000 }),
  seed: fc.nat(),
});

describe("percentiles of a summary", () => {
  it("agree with the sorted raw times to three significant digits, whatever their distribution", () => {
    fc.assert(
      fc.property(samples, ({ shape, count, seed }) => {
        const times = draw(shape, count, seed);
        const sorted = times.toSorted((a, b) => a - b);
        const summary = summarizeLatency(histogramOfTimes(times));
        for (const name of NAMES) {
          const wanted = nearestRank(sorted, QUANTILES[name]);
          const found = summary[name];
          assert.equal(found === null, wanted === null, `${name} of ${count} ${shape}`);
          if (found !== null && wanted !== null) agree(found * 1000, wanted, `${name} of ${count} ${shape}`);
        }
        assert.deepEqual([summary.min, summary.max], [(sorted[0] ?? 0) / 1000, (sorted.at(-1) ?? 0) / 1000]);
      }),
      { numRuns: 60 },
    );
  });

  it("of k shards merged are those of the whole, to the last digit, for any split", () => {
    const split = fc.tuple(samples, fc.integer({ min: 1, max: 9 }), fc.nat());
    fc.assert(
      fc.property(split, ([{ shape, count, seed }, shards, deal]) => {
        const times = draw(shape, count, seed);
        const random = seededRandom(deal, "shards");
        const parts: number[][] = Array.from({ length: shards }, () => []);
        // uneven on purpose: the first shard gets most, some may get none
        for (const time of times) parts[Math.floor(random() * random() * shards)]?.push(time);
        const merged = histogramOf(...parts.map(snapshotOf));
        assert.deepEqual(summarizeLatency(merged), summarizeLatency(histogramOfTimes(times)));
        assert.deepEqual([merged.count, merged.meanUs], [count, times.reduce((a, b) => a + b, 0) / count]);
      }),
      { numRuns: 40 },
    );
  });
});

/** All of a program's output; this machine's tools stand for "an independent tool". */
const outputOf = (command: string, args: readonly string[], input: string): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
  });
  assert.equal(error, undefined, `${command}: ${error?.message}`);
  assert.equal(status, 0, stderr);
  return stdout;
};

/** Sorts by `sort -n` and picks by `awk`: not a line of it is ours, nor JavaScript. */
const bySortAndAwk = (times: readonly number[]): Record<Percentile, number> => {
  const sorted = outputOf("sort", ["-n"], `${times.join("\n")}\n`);
  const program = `{ time[NR] = $1 } END { n = split("${NAMES.map((name) => QUANTILES[name]).join(" ")}", q, " ");
    for (i = 1; i <= n; i++) { exact = NR * q[i] / 1000; rank = int(exact); if (rank < exact) rank++; print time[rank] } }`;
  const picked = outputOf("awk", [program], sorted).trim().split("\n").map(Number);
  return Object.fromEntries(NAMES.map((name, i) => [name, picked[i]])) as Record<Percentile, number>;
};

describe("percentiles of raw receipts by sort and awk", () => {
  for (const shape of Object.keys(SHAPES)) {
    for (const count of [1000, 10_007]) {
      it(`agree to three significant digits for ${count.toLocaleString("en")} ${shape} times`, () => {
        const times = draw(shape, count, count);
        const summary = summarizeLatency(histogramOfTimes(times));
        const wanted = bySortAndAwk(times);
        for (const name of NAMES) agree((summary[name] ?? Number.NaN) * 1000, wanted[name], name);
      });
    }
  }
});
