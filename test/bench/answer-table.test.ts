import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answerTable, isMet } from "../../bench/answer-table.js";
import { spreadOf } from "../../bench/spread.js";

describe("the spread of a few figures", () => {
  it("is their middle and ends, whatever their order", () => {
    assert.deepEqual(spreadOf([30, 1, 200, 4, 5]), { median: 5, min: 1, max: 200 });
  });
  it("has the mean of the middle two where their number is even", () => {
    assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
  });
});

describe("an answer's table", () => {
  const metrics = [{ key: "rate", name: "deliveries", unit: "1/s", digits: 0 }];
  const runs = [{ rate: 1000 }, { rate: 3000 }, { rate: 2000 }];

  it("has a row a figure and a line a ratio", () => {
    const ratios = [{ name: "a / b", value: 0.25, atMost: 0.5 }];
    assert.equal(
      answerTable({ series: [{ label: "a", metrics, runs }], ratios }),
      [
        "|   | figure          | median |   min |   max |",
        "| - | --------------- | -----: | ----: | ----: |",
        "| a | deliveries, 1/s |  2,000 | 1,000 | 3,000 |",
        "",
        "ratio  a / b = 0.250  required ≤ 0.50: met",
      ].join("\n"),
    );
  });

  it("says which ratios are not as required", () => {
    const tooMuch = { name: "a / b", value: 0.51, atMost: 0.5 };
    assert.equal(isMet(tooMuch), false);
    assert.match(answerTable({ series: [], ratios: [tooMuch] }), /NOT MET/);
  });

  it("requires nothing of a ratio that is only shown", () => {
    assert.equal(isMet({ name: "shown only", value: 7, atMost: null }), true);
  });
});
