import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IotbError } from "../../src/domain/errors.js";
import {
  formatDuration,
  parseDuration,
  parsePercentage,
  parseRate,
  parseShare,
  parseWhole,
  shareOf,
} from "../../src/domain/units.js";

/** Checks that a reader refuses texts as `usage`, naming what was given. */
const refuses = (read: (text: string) => unknown, texts: readonly string[]): void => {
  for (const text of texts) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(
        () => read(text),
        (thrown) =>
          thrown instanceof IotbError && thrown.code === "usage" && thrown.message.includes(JSON.stringify(text)),
      ));
  }
};

const reads = <T>(read: (text: string) => NoInfer<T>, cases: readonly (readonly [string, T])[]): void => {
  for (const [text, value] of cases) it(`reads ${text}`, () => assert.deepEqual(read(text), value));
};

describe("parseDuration", () => {
  reads<number>((text) => parseDuration(text), [
    ["500ms", 500_000],
    ["10s", 10_000_000],
    ["2m", 120_000_000],
    ["1h", 3_600_000_000],
    ["250us", 250],
    ["1.5s", 1_500_000],
    [" 3 S ", 3_000_000],
    ["0", 0],
    ["10", 10_000_000],
    [".5", 500_000],
  ] as const);
  it("counts a bare number in ms where asked", () => assert.equal(parseDuration("20", "ms"), 20_000));
  refuses(parseDuration, [
    "",
    "s",
    "-1s",
    "1 day",
    "1e3",
    "0x10",
    "1,5s",
    "Infinity",
    "99999999999999h",
    "1s1s",
    "NaN",
  ]);
});

describe("parseRate", () => {
  reads(parseRate, [
    ["500/s", 500],
    ["500", 500],
    ["0.5 / s", 0.5],
  ]);
  refuses(parseRate, ["", "0", "0/s", "-1", "5/m", "/s", "1/ss"]);
});

describe("parsePercentage", () => {
  reads(parsePercentage, [
    ["100%", 1],
    ["0%", 0],
    ["12.5 %", 0.125],
  ]);
  refuses(parsePercentage, ["", "%", "100", "101%", "-1%"]);
});

describe("parseShare", () => {
  reads(parseShare, [
    ["20", { kind: "count", count: 20 }],
    ["50%", { kind: "fraction", fraction: 0.5 }],
  ]);
  refuses(parseShare, ["", "1.5", "200%", "all"]);

  const shares: [string, number, number][] = [
    ["100%", 7, 7],
    ["50%", 7, 4],
    ["99.9%", 1000, 999],
    ["70%", 10, 7],
    ["3", 7, 3],
    ["0%", 7, 0],
  ];
  for (const [text, total, count] of shares) {
    it(`${text} of ${total} is ${count}`, () => assert.equal(shareOf(parseShare(text), total), count));
  }
});

describe("parseWhole", () => {
  reads(
    (text) => parseWhole(text, 1, 10),
    [
      ["1", 1],
      ["10", 10],
    ],
  );
  refuses((text) => parseWhole(text, 1, 10), ["0", "11", "1.0", "", "-1", "1e1", "0x1"]);
});

describe("formatDuration", () => {
  const cases: [number, string][] = [
    [0, "0 us"],
    [640.4, "640 us"],
    [999.4, "999 us"],
    [999.6, "1 ms"],
    [1_240, "1.24 ms"],
    [1_200, "1.2 ms"],
    [100_000, "100 ms"],
    [999_400, "999 ms"],
    [999_600, "1 s"],
    [3_100_000, "3.1 s"],
    [59_900_000, "59.9 s"],
    [59_960_000, "1 min"],
    [125_000_000, "2 min 5 s"],
    [3_600_000_000, "1 h"],
    [3_780_000_000, "1 h 3 min"],
    [-1_240, "-1.24 ms"],
  ];
  for (const [us, text] of cases) it(`${us} is ${text}`, () => assert.equal(formatDuration(us), text));
});
