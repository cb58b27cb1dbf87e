import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReportRun } from "../../../src/domain/report-run.js";
import { pageData } from "../../../src/report/html/page-data.js";
import { sampleRun } from "../../support/report-samples.js";

const faulty = sampleRun({ devices: 1300, broadcasts: 3, faults: true });

test("the account is the summary's, with numbers, and adds up", () => {
  const data = pageData(faulty);
  assert.deepEqual(
    data.broadcasts.map(({ number, balanced, warmup }) => [number, balanced, warmup]),
    [
      [1, true, true],
      [2, true, false],
      [3, true, false],
      [4, true, false],
    ],
  );
  const [first, ...others] = faulty.summary.broadcasts;
  assert.ok(first);
  const wrong = { ...faulty, summary: { ...faulty.summary, broadcasts: [{ ...first, delivered: 1 }, ...others] } };
  assert.equal(pageData(wrong).broadcasts[0]?.balanced, false, "what does not add up is said to");
});

test("lists every device of each kind with its broadcasts, as the account names them", () => {
  const { rows, products } = pageData(faulty).devices;
  for (const kind of ["missing", "excused", "strays", "duplicates", "latecomers", "corrupt"] as const) {
    const wanted = faulty.account.broadcasts.flatMap(({ devices }, i) =>
      devices[kind].map(({ deviceName }) => `${deviceName} ${i + 1}`),
    );
    const listed = rows
      .filter(([own]) => own === kind)
      .flatMap(([, name, , numbers]) => numbers.map((n) => `${name} ${n}`));
    assert.deepEqual(listed.sort(), wanted.sort(), kind);
  }
  assert.ok(
    rows.some(([kind]) => kind === "missing") && rows.some(([kind]) => kind === "excused"),
    "a run with faults",
  );
  assert.deepEqual(products, ["g6palBDnzyT"]);
  const excused = rows.find(([kind]) => kind === "excused");
  assert.deepEqual(excused?.[4], [[8.5, "platform", "keep-alive timeout"]], "8.5 ms after it was due");
});

test("marks of the worst broadcast are its coverage percentiles", () => {
  const { coverage, broadcasts } = pageData(faulty);
  const worst = coverage?.lines.find(({ role }) => role === "worst");
  const summary = broadcasts.find(({ number }) => worst?.label === `broadcast ${number}`);
  const { p50, p90, p99, p999 } = summary?.coverageMs ?? assert.fail("no worst broadcast");
  assert.deepEqual(
    coverage?.marks.map(({ ms }) => ms),
    [p50, p90, p99, p999].filter((ms) => ms !== null),
  );
});

test("observed values of thresholds carry their unit; never and not known differ", () => {
  const of = (expression: string, observed: number | null, run: ReportRun = faulty) =>
    pageData({ ...run, summary: { ...run.summary, thresholds: [{ expression, observed, pass: false }] } }).thresholds[0]
      ?.observed;
  assert.equal(of("p99<1s", 1234), "1.23 s");
  assert.equal(of("missing==0", 1234), "1,234");
  assert.equal(of("delivered>=99.9%", 99.95), "99.95 %");
  assert.equal(of("coverage(99%)<1s", null), "never");
  assert.equal(of("p999<1s", null), null);
  assert.equal(of("<img src=x>", 3), "3", "what no threshold says is a plain number");
  const nobody = { ...faulty, summary: { ...faulty.summary, total: { ...faulty.summary.total, expected: null } } };
  assert.equal(of("coverage(99%)<1s", null, nobody), null);
});

test("of many broadcasts twelve have a line, the worst and the best among them", () => {
  const run = sampleRun({ devices: 40, broadcasts: 100, faults: false });
  const { timed, plotted, coverage, latency } = pageData(run);
  assert.deepEqual([timed, plotted], [100, 12]);
  const all = run.summary.broadcasts.map(({ warmup, latencyMs, coverageMs }, i) => ({
    number: i + 1,
    warmup,
    latencyMs,
    coverageMs,
  }));
  const sorted = all
    .filter(({ warmup }) => !warmup)
    .sort(
      (a, b) => (a.coverageMs.p99 ?? 0) - (b.coverageMs.p99 ?? 0) || (a.latencyMs.max ?? 0) - (b.latencyMs.max ?? 0),
    );
  const labels = coverage?.lines.map(({ label }) => label) ?? [];
  assert.equal(labels.length, 13);
  assert.equal(coverage?.lines.find(({ role }) => role === "worst")?.label, `broadcast ${sorted.at(-1)?.number}`);
  const best = sorted[0]?.coverageMs.p99;
  assert.ok(labels.some((label) => all.find(({ number }) => label === `broadcast ${number}`)?.coverageMs.p99 === best));
  assert.equal(latency?.lines.at(-1)?.role, "all", "drawn on top");
});

test("a run of one broadcast has one line; one of nothing has none", () => {
  const one = pageData(sampleRun({ devices: 20, broadcasts: 1, faults: false }));
  assert.deepEqual(
    one.coverage?.lines.map(({ label, role }) => [label, role]),
    [["broadcast 2", "all"]],
  );
  const nothing: ReportRun = {
    ...faulty,
    summary: { ...faulty.summary, broadcasts: [], fleet: null, generator: null, calibration: null, clock: null },
    account: { schema: "iotb.account/1", broadcasts: [] },
    manifests: [],
  };
  const { coverage, latency, arrivals, coverageRows, devices, generator } = pageData(nothing);
  assert.deepEqual(
    { coverage, latency, arrivals, coverageRows, rows: devices.rows, generator },
    { coverage: null, latency: null, arrivals: null, coverageRows: [], rows: [], generator: null },
  );
});
