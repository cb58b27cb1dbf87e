import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HistogramLogReader } from "hdr-histogram-js";
import { accountOf } from "../../src/app/account-of.js";
import { micros } from "../../src/domain/time.js";
import { hgrmText, hlogText } from "../../src/report/hdr-log.js";
import { digestOf, settled } from "../support/digest-samples.js";

const naming = { addressOf: () => ({ productKey: "pk", deviceName: "dev" }), unixOf: (at: number) => 1.7e15 + at };
const accountWith = (...broadcasts: Parameters<typeof accountOf>[0]) => accountOf(broadcasts, naming);

describe("the interval log of a run", () => {
  it("is read by HdrHistogram's reader: a tagged interval a broadcast, warm-ups left out", () => {
    const account = accountWith(
      settled(digestOf([9_000_000], "10"), { warmup: true, dueAt: micros(0) }),
      settled(digestOf([5_000, 7_000, null], "11")),
      settled(digestOf([20_000], "run-1,x 2"), { dueAt: micros(2_001_000) }),
    );
    const text = [...hlogText(account)].join("");
    const reader = new HistogramLogReader(text, 64, false);
    const first = reader.nextIntervalHistogram();
    const second = reader.nextIntervalHistogram();
    assert.ok(first && second);
    assert.equal(reader.nextIntervalHistogram(), null);
    assert.deepEqual([first.tag, second.tag], ["11", "run-1_x_2"]);
    assert.deepEqual([first.totalCount, second.totalCount], [2, 1]);
    assert.equal(first.maxValue, 7_003, "µs, to three digits");
    assert.equal(second.startTimeStampMsec - first.startTimeStampMsec, 2_000);
    assert.equal(first.startTimeStampMsec, 1.7e12 + 1);
    assert.match(text, /^Tag=11,0\.000,0\.007,7\.000,HISTFAAAA/m, "the greatest is exact, in ms");
  });

  it("has an interval for a broadcast that nobody got, and a head where nothing was sent", () => {
    const text = [...hlogText(accountWith(settled(digestOf([null], "11"))))].join("");
    const histogram = new HistogramLogReader(text, 64, false).nextIntervalHistogram();
    assert.equal(histogram?.totalCount, 0);
    assert.equal(
      new HistogramLogReader([...hlogText(accountWith())].join(""), 64, false).nextIntervalHistogram(),
      null,
    );
  });
});

describe("the percentile distribution of a run", () => {
  it("is in ms, over all timed broadcasts, in HdrHistogram's form", () => {
    const text = hgrmText(accountWith(settled(digestOf([5_000, 7_000], "11")), settled(digestOf([9_000], "12"))));
    const [head, blank, first] = text.split("\n");
    assert.equal(head, "       Value     Percentile TotalCount 1/(1-Percentile)");
    assert.equal(blank, "");
    assert.equal(first, "       5.003 0.000000000000          1           1.00");
    assert.match(text, /^ {7}9\.007 1\.000000000000 {10}3$/m);
    assert.match(text, /^#\[Max {5}= {8}9\.007, Total count {4}= {12}3\]$/m);
  });

  it("counts every delivery, whatever the broadcasts", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(10_000_000), { maxLength: 20 }), { maxLength: 5 }), (runs) => {
        const account = accountWith(...runs.map((latencies, i) => settled(digestOf(latencies, String(i)))));
        const total = /Total count {4}= +(\d+)\]/.exec(hgrmText(account))?.[1];
        assert.equal(Number(total), runs.flat().length);
      }),
    );
  });
});
