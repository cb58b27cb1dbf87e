import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type LiveMeasureOptions,
  MEASURE_FLAGS,
  parseMeasureOptions,
  type RecordedMeasureOptions,
} from "../../../src/cli/options/measure.js";
import { failsWith } from "../../support/cli-fails-with.js";
import { typed } from "../../support/cli-flags.js";

type Given = Record<string, string | string[]>;

const live = (given: Given, args: string[] = []): LiveMeasureOptions => {
  const options = parseMeasureOptions(args, typed(MEASURE_FLAGS, given));
  assert.ok(options.kind === "live");
  return options;
};

const recorded = (given: Given, args: string[] = []): RecordedMeasureOptions => {
  const options = parseMeasureOptions(args, typed(MEASURE_FLAGS, given));
  assert.ok(options.kind === "recorded");
  return options;
};

describe("iotb measure with a fleet", () => {
  it("makes 1,000 devices and 5 broadcasts with --local", () => {
    const { fleet, broadcasts, settle, drain, linger, message } = live({ local: "true" });
    assert.deepEqual([fleet.count, fleet.connectRate, fleet.reconnect, broadcasts], [1_000, null, "off", 5]);
    assert.deepEqual([settle, drain, linger], [0, 10_000_000, 250_000]);
    assert.equal(message.payload, null);
  });

  it("is slow and patient towards the cloud", () => {
    const { fleet, broadcasts, settle } = live({ devices: "d.csv" }, ["p.json"]);
    assert.deepEqual([fleet.count, fleet.connectRate, broadcasts, settle], [null, 50, 1, 10_000_000]);
  });

  it("is not patient with a broker and an API on this machine", () => {
    const { settle, fleet } = live({ devices: "d.csv", host: "127.0.0.1", endpoint: "http://127.0.0.1:8087" });
    assert.deepEqual([settle, fleet.connectRate], [0, null]);
  });

  it("counts a bare connect interval in ms, and none is as fast as it goes", () => {
    assert.equal(live({ local: "true", "connect-interval": "20" }).fleet.connectRate, 50);
    assert.equal(live({ local: "true", "connect-interval": "0" }).fleet.connectRate, null);
  });

  it("counts shards from 1 and rows from 1", () => {
    const { fleet } = live({ local: "true", shard: "2/4", startnumber: "11" });
    assert.deepEqual([fleet.shard, fleet.skip], [{ index: 1, count: 4 }, 10]);
  });

  for (const [given, code, message] of [
    [{}, "usage", /no devices/],
    [{ local: "true", shard: "0/4" }, "usage", /not a part/],
    [{ local: "true", shard: "5/4" }, "usage", /not a part/],
    [{ local: "true", keepalive: "0" }, "usage", /65,535/],
    [{ local: "true", ifaddr: "127.0.0.1,x" }, "usage", /not an IP address/],
    [{ local: "true", topic: "a/#/b" }, "usage", /not a topic filter/],
    [{ local: "true", sign: "md5" }, "usage", /none of hmacmd5/],
    [{ local: "true", expected: "e" }, "usage", /for recorded files/],
    [{ local: "true", "topic-full-name": "/x" }, "usage", /not a broadcast topic/],
    [{ local: "true", "topic-full-name": "/broadcast/pk/x", "product-key": "pk2" }, "usage", /of product pk, not pk2/],
    [{ devices: "d.csv", connrate: "501" }, "guard", /an account may have 500/],
    [{ devices: "d.csv", "connect-interval": "0" }, "guard", /an account may have 500/],
  ] as const) {
    it(`refuses ${JSON.stringify(given)}`, () => assert.throws(() => live(given), failsWith(code, message)));
  }
});

describe("iotb measure with recorded files", () => {
  it("takes several recordings", () => {
    const options = recorded({
      receipts: ["a", "-"],
      log: "b",
      "clock-uncertainty": "5ms",
      threshold: ["p99<1s", "missing"],
    });
    assert.deepEqual(options, {
      kind: "recorded",
      receiptsFiles: ["a", "-"],
      logFile: "b",
      devicesFile: null,
      expectedFile: null,
      clockUncertainty: 5_000,
      drain: 10_000_000,
      linger: 250_000,
      record: {
        out: null,
        reports: { html: null, junit: null, markdown: null, prometheus: null, csv: null, hdr: null },
      },
      thresholds: ["p99<1s", "missing"],
      allowExcused: { kind: "count", count: 0 },
    });
  });

  for (const [given, args, message] of [
    [{ receipts: "a" }, [], /--log FILE is missing/],
    [{ log: "a" }, [], /--receipts FILE is missing/],
    [{ receipts: "-", log: "-" }, [], /once only/],
    [{ receipts: "a", log: "b" }, ["p.json"], /one too many/],
    [{ receipts: "a", log: "b", local: "true" }, [], /--local and recorded files contradict/],
    [{ receipts: "a", log: "b", calibrate: "true" }, [], /--calibrate and recorded files contradict/],
    [{ receipts: "a", log: "b", junit: "-" }, [], /--junit -: standard output is for the result/],
    [{ receipts: "a", log: "b", junit: "x", csv: "./x" }, [], /--junit and --csv name the same file/],
    [{ receipts: "a", log: "b", devices: "d", expected: "e" }, [], /say the same/],
  ] as const) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(() => recorded(given as Given, [...args]), failsWith("usage", message));
    });
  }
});
