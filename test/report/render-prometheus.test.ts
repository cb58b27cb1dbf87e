import assert from "node:assert/strict";
import { test } from "node:test";
import { renderPrometheus } from "../../src/report/render-prometheus.js";
import { loadOf } from "../support/measure-samples.js";
import { fullBroadcast, hostileReport, lossyBroadcast, reportOf } from "../support/rendered-runs.js";

type Family = { type: string; help: string; samples: Map<string, number> };

const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));

/** Reads the text format back and holds it against what `promtool check metrics` asks for. */
const parse = (text: string): Map<string, Family> => {
  assert.ok(text.endsWith("\n"));
  const families = new Map<string, Family>();
  let current: [string, Family] | null = null;
  for (const line of text.split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (line === "") continue;
    if (comment !== null) {
      const [, kind, name = "", rest = ""] = comment;
      if (kind === "HELP") {
        assert.ok(!families.has(name), `${name} is there twice`);
        current = [name, { type: "", help: rest, samples: new Map() }];
        families.set(...current);
      } else {
        assert.equal(current?.[0], name);
        if (current !== null) current[1].type = rest;
      }
      continue;
    }
    const sample = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line);
    assert.ok(sample, `not a sample: ${line}`);
    const [, name = "", labels = "", value = ""] = sample;
    assert.ok(current);
    const [family, { type, samples }] = current;
    const names = type === "summary" ? [family, `${family}_sum`, `${family}_count`] : [family];
    assert.ok(names.includes(name), `${name} is not of ${family}`);
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key, of = ""]) => `${key}=${unescaped(of)}`,
    );
    const series = `${name.slice(family.length)}{${pairs.sort().join(",")}}`;
    assert.ok(!samples.has(series), `${series} is there twice`);
    assert.ok(Number.isFinite(Number(value)), line);
    samples.set(series, Number(value));
  }
  for (const [name, { type, help, samples }] of families) {
    assert.match(type, /^(gauge|counter|summary)$/);
    assert.notEqual(help, "");
    assert.ok(samples.size > 0, `${name} has no samples`);
    // [promtool]: counters end in _total, others do not; base units; no reserved suffixes
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.doesNotMatch(name, /_(count|sum|bucket|ms|us|milliseconds|info)$/);
  }
  return families;
};

const samplesOf = (families: Map<string, Family>, name: string) =>
  Object.fromEntries(families.get(name)?.samples ?? []);

test("a run in Prometheus' text format", async () => {
  const run = reportOf([fullBroadcast("1"), lossyBroadcast("2")], {
    thresholds: ["max<1s", "missing"],
    load: loadOf(),
  });
  const families = parse(await renderPrometheus(run));
  assert.deepEqual(samplesOf(families, "iotb_deliveries_total"), {
    "{outcome=delivered,product_key=pk}": 2001,
    "{outcome=missing,product_key=pk}": 1,
    "{outcome=excused,product_key=pk}": 1,
    "{outcome=unknown,product_key=pk}": 0,
  });
  assert.deepEqual(samplesOf(families, "iotb_verdict"), {
    "{product_key=pk,verdict=pass}": 0,
    "{product_key=pk,verdict=fail}": 1,
    "{product_key=pk,verdict=invalid}": 0,
    "{product_key=pk,verdict=error}": 0,
    "{product_key=pk,verdict=interrupted}": 0,
  });
  assert.deepEqual(samplesOf(families, "iotb_threshold_met"), {
    "{product_key=pk,threshold=max<1s}": 1,
    "{product_key=pk,threshold=missing}": 0,
  });
  assert.deepEqual(samplesOf(families, "iotb_threshold_observed"), {
    "{product_key=pk,threshold=max<1s}": 209.9,
    "{product_key=pk,threshold=missing}": 1,
  });
  assert.equal(samplesOf(families, "iotb_run_start_timestamp_seconds")["{product_key=pk}"], 1_700_000_000);
  assert.equal(samplesOf(families, "iotb_generator_bound")["{product_key=pk}"], 0);
});

test("latency is a summary: quantiles of the histogram, sum and count exact, in seconds", async () => {
  const { summary, ...rest } = reportOf([fullBroadcast("1")]);
  const families = parse(await renderPrometheus({ summary, ...rest }));
  const { latencyMs } = summary.total;
  assert.equal(families.get("iotb_latency_seconds")?.type, "summary");
  const samples = samplesOf(families, "iotb_latency_seconds");
  assert.equal(samples["_count{product_key=pk}"], 2000);
  assert.equal(samples["_sum{product_key=pk}"], 219.9);
  for (const [quantile, ms] of [
    ["0", latencyMs.min],
    ["0.5", latencyMs.p50],
    ["0.99", latencyMs.p99],
    ["0.999", latencyMs.p999],
    ["1", latencyMs.max],
  ] as const) {
    assert.equal(samples[`{product_key=pk,quantile=${quantile}}`], Number(ms) / 1000);
  }
});

test("what is not known is left out, and there is no product without one", async () => {
  const run = reportOf([{ ...lossyBroadcast("1"), basis: "none" }], { target: { productKey: null, kind: "broker" } });
  const families = parse(await renderPrometheus({ ...run, manifests: [] }));
  assert.deepEqual(samplesOf(families, "iotb_deliveries_total"), { "{outcome=delivered}": 1, "{outcome=unknown}": 0 });
  assert.equal(families.has("iotb_coverage_seconds"), false);
  assert.equal(families.has("iotb_run_start_timestamp_seconds"), false);
});

test("hostile labels stay labels", async () => {
  const families = parse(await renderPrometheus(hostileReport()));
  assert.ok(families.size > 5);
});
