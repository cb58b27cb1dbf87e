import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compareRuns } from "../../src/domain/compare.js";
import type { ComparedTime, Comparison } from "../../src/domain/comparison.js";
import type { FleetSummary } from "../../src/domain/measure-result.js";
import { parseRegressionLimit } from "../../src/domain/regression-limit.js";
import type { RecordedRun } from "../../src/domain/run-record.js";
import { seededRandom } from "../../src/domain/seeded-random.js";
import { failsWith } from "../support/cli-fails-with.js";
import { type RunChanges, recordOf, runOf } from "../support/compared-runs.js";
import { generatorOf } from "../support/measure-samples.js";

const options = { limits: [], seed: 1, force: false };
const limitsOf = (...expressions: string[]) => ({ ...options, limits: expressions.map(parseRegressionLimit) });

/** `count` broadcasts to `devices` devices, uneven by a few per cent, all slower by `factor`. */
const times = (count: number, factor = 1, devices = 200): number[][] => {
  const random = seededRandom(count, "compare");
  return Array.from({ length: count }, () => {
    const moment = factor * (0.97 + 0.06 * random());
    return Array.from({ length: devices }, () => Math.round(moment * (5000 + 15_000 * random())));
  });
};
const steady = (count: number, factor = 1, more: RunChanges = {}) => runOf(times(count, factor), more);

const timeIn = ({ times: shown }: Comparison, name: string): ComparedTime => {
  const found = shown?.find((time) => time.name === name);
  assert.ok(found, name);
  return found;
};

describe("times", () => {
  it("of the same run differ by nothing, and not significantly", () => {
    const { comparison, causes } = compareRuns(steady(6), steady(6), options);
    assert.deepEqual([comparison.verdict, causes, comparison.setup], ["pass", [], { alike: true, differences: [] }]);
    for (const time of comparison.times ?? []) {
      if (time.answer === "not known") continue;
      assert.equal(time.difference, 0, time.name);
      const judged = time.name !== "max" && time.name !== "connect";
      assert.equal(time.answer, judged ? "no significant difference" : "not judged", time.name);
    }
    assert.deepEqual(comparison.resampling, { seed: 1, resamples: 10_000, level: 0.95, tail: 0.002434 });
  });

  it("a fifth longer are found slower, the other way round faster", () => {
    const slower = compareRuns(steady(6), steady(6, 1.2), options).comparison;
    const faster = compareRuns(steady(6, 1.2), steady(6), options).comparison;
    for (const name of ["p50", "p90", "p95", "p99", "p999", "mean", "coverage(99%)", "coverage(100%)", "rate"]) {
      assert.equal(timeIn(slower, name).answer, "slower", name);
      assert.equal(timeIn(faster, name).answer, "faster", name);
    }
    const { relative, relativeInterval, difference, interval } = timeIn(slower, "p50");
    assert.ok(relative !== null && Math.abs(relative - 0.2) < 0.01, `${relative}`);
    assert.ok(relativeInterval && relativeInterval.low < 0.2 && relativeInterval.high > 0.2);
    assert.ok(interval && difference && interval.low <= difference && interval.high >= difference);
  });

  it("are exactly those of the runs' own summaries", () => {
    const broadcasts = fc.array(
      fc.array(fc.oneof(fc.nat(3000), fc.nat(5_000_000)), { minLength: 100, maxLength: 200 }),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(broadcasts, (values) => {
        const run = runOf(values);
        const other = runOf(values.map((latencies) => latencies.map((late) => late + 1000)));
        const { comparison } = compareRuns(run, other, { ...options, force: true });
        for (const [side, { summary }] of [
          ["base", run],
          ["new", other],
        ] as const) {
          const { latencyMs, apiMs } = summary.total;
          for (const name of ["p50", "p90", "p95", "p99", "p999", "max"] as const)
            assert.equal(timeIn(comparison, name)[side], latencyMs[name], name);
          assert.ok(Math.abs((timeIn(comparison, "mean")[side] ?? 0) - (latencyMs.mean ?? 0)) <= 0.0005);
          assert.equal(timeIn(comparison, "api.p50")[side], apiMs.p50);
          const whole = summary.broadcasts.map(({ coverageMs }) => coverageMs.p100 ?? Number.NaN);
          const mean = whole.reduce((a, b) => a + b, 0) / whole.length;
          assert.ok(Math.abs((timeIn(comparison, "coverage(100%)")[side] ?? 0) - mean) < 1e-6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("with fewer than five broadcasts a side are not enough to judge", () => {
    const { comparison } = compareRuns(steady(5), steady(4, 2), options);
    assert.equal(comparison.resampling, null);
    const { answer, interval, difference } = timeIn(comparison, "p99");
    assert.deepEqual([answer, interval], ["not enough", null]);
    assert.ok(difference !== null && difference > 0);
    assert.match(comparison.warnings.join("\n"), /NEW has 4 timed broadcasts: not enough/);
    assert.equal(timeIn(compareRuns(steady(5), steady(5, 2), options).comparison, "p99").answer, "slower");
  });

  it("leave warm-ups out", () => {
    const warm = (run: RecordedRun): RecordedRun => ({
      ...run,
      account: {
        ...run.account,
        broadcasts: [
          recordOf(
            Array.from({ length: 200 }, () => 9_000_000),
            { warmup: true },
          ),
          ...run.account.broadcasts,
        ],
      },
    });
    const { comparison } = compareRuns(warm(steady(6)), steady(6), options);
    assert.deepEqual([comparison.base.broadcasts, comparison.base.timed], [7, 6]);
    assert.equal(timeIn(comparison, "max").difference, 0);
  });

  it("that a side does not know are said, with why", () => {
    const few = runOf(times(5, 1, 10));
    const { comparison } = compareRuns(few, few, options);
    assert.deepEqual([timeIn(comparison, "p99").answer, timeIn(comparison, "p99").base], ["not known", null]);
    assert.match(timeIn(comparison, "p99").why ?? "", /^BASE: 50 deliveries cannot tell it, it takes 100; NEW: /);
    const lossy = runOf([
      ...times(5).map((latencies) => [...latencies]),
      [null, ...(times(1)[0] as number[]).slice(1)],
    ]);
    const never = timeIn(compareRuns(steady(6), lossy, options).comparison, "coverage(100%)");
    assert.deepEqual([never.answer, never.why], ["not known", "NEW: never reached in 1 of 6 broadcasts"]);
  });
});

describe("the account", () => {
  const lossy = (missing: number) => {
    const broadcasts = times(6).map((latencies) => [...latencies] as (number | null)[]);
    for (let i = 0; i < missing; i++) (broadcasts[i % 6] as (number | null)[])[i] = null;
    return runOf(broadcasts, { summary: { verdict: "fail" } });
  };

  it("of a run that lost what BASE did not is a regression, however fast it is", () => {
    const { comparison, causes } = compareRuns(steady(6, 2), lossy(1), options);
    assert.deepEqual(causes, [{ kind: "delivery", text: "missing: BASE 0 of 1200, NEW 1 of 1200" }]);
    assert.deepEqual([comparison.verdict, timeIn(comparison, "p50").answer], ["fail", "faster"]);
    assert.deepEqual(compareRuns(lossy(1), steady(6), options).causes, []);
  });

  for (const kind of ["strays", "corrupt", "duplicates", "excused"] as const) {
    it(`counts ${kind}`, () => {
      const with2 = steady(6, 1, {
        record: (record, i) => (i > 1 ? record : { ...record, counts: { ...record.counts, [kind]: 1 } }),
      });
      const { comparison, causes } = compareRuns(steady(6), with2, options);
      const row = comparison.account.find((count) => count.kind === kind);
      assert.deepEqual([row?.base, row?.new, row?.answer], [0, 2, "only in NEW"]);
      assert.equal(causes.length, kind === "strays" || kind === "corrupt" ? 1 : 0);
    });
  }

  it("of two lossy runs is judged by resampled broadcasts", () => {
    const answer = (base: RecordedRun, fresh: RecordedRun) =>
      compareRuns(base, fresh, options).comparison.account.find(({ kind }) => kind === "missing")?.answer;
    assert.equal(answer(lossy(6), lossy(8)), "no significant difference");
    assert.equal(answer(lossy(6), lossy(60)), "more");
    assert.equal(answer(lossy(60), lossy(6)), "fewer");
    assert.deepEqual(
      compareRuns(lossy(6), lossy(60), options).causes.map(({ kind }) => kind),
      ["delivery"],
    );
  });
});

describe("runs not to be believed", () => {
  const bound = steady(6, 1, { summary: { generator: generatorOf({ bound: true, boundBy: "utilization" }) } });
  const invalid = steady(6, 1, { summary: { verdict: "invalid", causes: ["a shard died"] } });

  it("have no times, but an account", () => {
    for (const [run, why] of [
      [bound, /^NEW: its own generator was the limit/],
      [invalid, /^NEW has the verdict invalid \(a shard died\)$/],
    ] as const) {
      const { comparison, causes } = compareRuns(steady(6), run, limitsOf("p99:10%"));
      assert.deepEqual([comparison.times, comparison.verdict], [null, "invalid"]);
      assert.deepEqual(
        causes.map(({ kind }) => kind),
        ["invalid"],
      );
      assert.match(causes[0]?.text ?? "", why);
      assert.equal(comparison.limits[0]?.result, "undecided");
    }
  });

  it("are compared where that is forced, with a warning", () => {
    const { comparison, causes } = compareRuns(bound, steady(6), { ...options, force: true });
    assert.deepEqual(causes, []);
    assert.match(comparison.warnings.join("\n"), /BASE: its own generator was the limit/);
    assert.equal(timeIn(comparison, "p50").answer, "no significant difference");
  });
});

describe("unlike set-ups", () => {
  const unlike: readonly [string, RunChanges, RegExp][] = [
    ["another payload", { manifest: { setup: { payloadBytes: 1000 } } }, /payload bytes 27 and 1000/],
    [
      "more processes",
      { summary: { fleet: { ...(steady(1).summary.fleet as FleetSummary), processes: 4 } } },
      /fleet processes 2 and 4/,
    ],
    [
      "another target",
      { summary: { target: { ...steady(1).summary.target, kind: "alicloud" } } },
      /target local and alicloud/,
    ],
    [
      "a subscribed topic",
      { summary: { target: { ...steady(1).summary.target, topicFullName: "/broadcast/pk/x" } } },
      /sent to every online device and devices that subscribed/,
    ],
  ];
  const base = steady(6, 1, { manifest: { setup: { payloadBytes: 27, qos: 0 } } });
  for (const [what, changes, message] of unlike) {
    it(`are refused for ${what}, and compared where that is forced`, () => {
      const other = steady(6, 1, changes);
      assert.throws(() => compareRuns(base, other, options), failsWith("usage", message));
      const { comparison } = compareRuns(base, other, { ...options, force: true });
      assert.equal(comparison.setup.alike, false);
      assert.ok(comparison.times !== null);
    });
  }

  it("are refused for another fleet, but not for a device in two hundred", () => {
    const fleet = (devices: number) => runOf(times(6, 1, devices));
    assert.throws(
      () => compareRuns(fleet(200), fleet(100), options),
      failsWith("usage", /expected devices a broadcast 200 and 100/),
    );
    const { setup } = compareRuns(fleet(200), fleet(199), options).comparison;
    assert.deepEqual(setup.differences, [
      { what: "expected devices a broadcast", base: "200", new: "199", grave: false },
    ]);
  });

  it("in hosts, versions and what only one recorded are said and compared", () => {
    const { manifest } = steady(1);
    const other = steady(6, 1, { manifest: { iotb: "0.2.0", host: { ...manifest.host, cpu: "another", cores: 8 } } });
    const { setup } = compareRuns(base, other, options).comparison;
    assert.equal(setup.alike, true);
    assert.deepEqual(
      setup.differences.map(({ what, grave }) => [what, grave]),
      [
        ["payload bytes", false],
        ["QoS of the subscriptions", false],
        ["processor", false],
        ["cores", false],
        ["iotb", false],
      ],
    );
  });
});

describe("limits", () => {
  const verdictOf = (base: RecordedRun, fresh: RecordedRun, ...expressions: string[]) => {
    const { comparison, causes } = compareRuns(base, fresh, limitsOf(...expressions));
    return [comparison.limits.map(({ result }) => result).join(), causes.map(({ kind }) => kind).join()];
  };
  const [base, slower] = [steady(6), steady(6, 1.2)];

  it("are met within, exceeded beyond, both ways of writing them", () => {
    assert.deepEqual(verdictOf(base, slower, "p99:25%"), ["met", ""]);
    assert.deepEqual(verdictOf(base, slower, "p99:10%"), ["exceeded", "threshold"]);
    assert.deepEqual(verdictOf(base, slower, "p99:2ms", "p99:8ms"), ["exceeded,met", "threshold"]);
    assert.deepEqual(verdictOf(base, slower, "rate:10%"), ["exceeded", "threshold"]);
    assert.deepEqual(verdictOf(base, slower, "coverage(75%):10%"), ["exceeded", "threshold"]);
    assert.deepEqual(verdictOf(slower, base, "p99:0%", "rate:0%"), ["met,met", ""]);
    assert.deepEqual(verdictOf(base, base, "p99:0%", "rate:0%"), ["met,met", ""]);
  });

  it("are undecided where it may be chance, where broadcasts are few and where a time is not known", () => {
    const wild = (factors: readonly number[]) => runOf(factors.map((factor) => times(1, factor)[0] as number[]));
    const uneven = verdictOf(wild([1, 1, 1, 1, 2]), wild([1, 1, 2, 1, 2]), "mean:5%");
    assert.deepEqual(uneven, ["undecided", "invalid"]);
    assert.deepEqual(verdictOf(steady(4), steady(4, 1.2), "p99:10%"), ["undecided", "invalid"]);
    assert.deepEqual(verdictOf(base, slower, "api.p99:10%"), ["undecided", "invalid"]);
  });
});
