import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IotbError } from "../../src/domain/errors.js";
import { renderJunit } from "../../src/report/render-junit.js";
import { loadOf } from "../support/measure-samples.js";
import { fullBroadcast, HOSTILE, hostileReport, lossyBroadcast, reportOf } from "../support/rendered-runs.js";
import { parseXml, type XmlElement } from "../support/xml-parse.js";

const suiteOf = (xml: string): XmlElement => {
  const root = parseXml(xml);
  assert.equal(root.name, "testsuites");
  const [suite, ...others] = root.children;
  assert.ok(suite);
  assert.equal(others.length, 0);
  const cases = suite.children.filter(({ name }) => name === "testcase");
  const count = (kind: string) => cases.filter(({ children }) => children.some(({ name }) => name === kind)).length;
  for (const element of [root, suite]) {
    const { tests, failures, errors, skipped } = element.attributes;
    assert.deepEqual([tests, failures, errors, skipped].map(Number), [
      cases.length,
      count("failure"),
      count("error"),
      count("skipped"),
    ]);
  }
  return suite;
};

const outcomes = (suite: XmlElement): string[] =>
  suite.children
    .filter(({ name }) => name === "testcase")
    .map(({ attributes, children }) => `${attributes["classname"]} ${attributes["name"]}: ${children[0]?.name}`);

test("a run that passed", () => {
  const suite = suiteOf(renderJunit(reportOf([fullBroadcast("1")], { thresholds: ["p99<1s"], load: loadOf() })));
  assert.deepEqual(outcomes(suite), [
    "iotb.delivery broadcast 1 1: system-out",
    "iotb.delivery excused: system-out",
    "iotb.threshold p99<1s: system-out",
    "iotb.generator the generator kept up: system-out",
    "iotb.clock the clocks are known: system-out",
    "iotb.run the run is valid: system-out",
  ]);
  assert.equal(suite.attributes["timestamp"], "2023-11-14T22:13:20");
  // 2,000 devices, one every 100 µs from 10 ms on: the last after 209.9 ms
  assert.equal(suite.children.find(({ name }) => name === "testcase")?.attributes["time"], "0.209900");
});

test("a run that failed names who missed what, and which threshold was not met", () => {
  const suite = suiteOf(renderJunit(reportOf([lossyBroadcast("7")], { thresholds: ["missing==0", "max<1s"] })));
  assert.deepEqual(outcomes(suite), [
    "iotb.delivery broadcast 1 7: failure",
    "iotb.delivery excused: failure",
    "iotb.threshold missing==0: failure",
    "iotb.threshold max<1s: system-out",
    "iotb.generator the generator kept up: skipped",
    "iotb.clock the clocks are known: system-out",
    "iotb.run the run is valid: system-out",
  ]);
  const [failure] = suite.children[1]?.children ?? [];
  assert.equal(failure?.attributes["message"], "delivered 1 of 3 expected: missing 1");
  assert.equal(failure?.text, "missing: d000001");
});

test("what voids a run is an error", () => {
  const run = reportOf([fullBroadcast("1")], { thresholds: ["p99<1s"], load: loadOf({ utilization: 1 }) });
  const found = outcomes(suiteOf(renderJunit(run)));
  assert.ok(found.includes("iotb.generator the generator kept up: error"));
  assert.ok(found.includes("iotb.run the run is valid: error"));
});

test("no run but one that passed is without a failure or an error", () => {
  const bad = fc.record(
    {
      thresholds: fc.subarray(["max<1ms", "missing", "delivered>=1"]),
      allowExcused: fc.constantFrom("0", "1", "50%"),
      interrupted: fc.boolean(),
      invalid: fc.subarray(["a process died"]),
      failure: fc.constantFrom(new IotbError("api-throttled", "too many calls"), new IotbError("shard-died", "gone")),
      load: fc.constantFrom(loadOf(), loadOf({ utilization: 1 })),
    },
    { requiredKeys: [] },
  );
  const sent = fc.subarray([fullBroadcast("1", 20), lossyBroadcast("2")]);
  fc.assert(
    fc.property(sent, bad, (broadcasts, setting) => {
      const run = reportOf(broadcasts, setting);
      const { failures, errors } = suiteOf(renderJunit(run)).attributes;
      assert.equal(failures === "0" && errors === "0", run.summary.verdict === "pass");
    }),
    { numRuns: 100 },
  );
});

test("hostile texts are text, and controls are escaped: XML has no form for them", () => {
  const suite = suiteOf(renderJunit(hostileReport()));
  const failure = suite.children.flatMap(({ children }) => children).find(({ text }) => text.startsWith("missing"));
  assert.ok(failure?.text.includes("=<b>&\"'`x``|@all #1 [a](b)\\x00\\x1b[31m\\u202e\\ufffe\\n| --- |\\r\\t]]>1"));
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const addressOf = () => ({ productKey: "pk", deviceName: name });
      parseXml(renderJunit(reportOf([lossyBroadcast("1")], { addressOf, invalid: [name + HOSTILE] })));
    }),
    { numRuns: 100 },
  );
});

test("a run without a directory has no time of its own", () => {
  const suite = suiteOf(renderJunit({ ...reportOf([fullBroadcast("1")]), manifests: [] }));
  assert.equal("timestamp" in suite.attributes, false);
});
