import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULT_KINDS, formatFaults, parseFaults } from "../../src/protocol/fault-spec.js";
import { failsWith } from "../support/cli-fails-with.js";

describe("parseFaults", () => {
  it("reads kinds with counts and durations", () => {
    assert.deepEqual(parseFaults("drop=3,delay=5:800ms, tail=2 ,refuse"), [
      { kind: "drop", count: 3, duration: 500_000 },
      { kind: "delay", count: 5, duration: 800_000 },
      { kind: "tail", count: 2, duration: 500_000 },
      { kind: "refuse", count: 1, duration: 500_000 },
    ]);
  });

  it("reads what formatFaults writes", () => {
    const text = "drop=3,delay=5:800ms,tail=2:0.5ms,api-slow=1:1000ms,refuse=1";
    assert.equal(formatFaults(parseFaults(text)), text);
  });

  it("knows every kind", () => {
    assert.equal(parseFaults(FAULT_KINDS.join(",")).length, FAULT_KINDS.length);
  });

  for (const [text, message] of [
    ["", /is no fault/],
    ["explode=3", /"explode=3" is no fault/],
    ["drop=-1", /is no fault/],
    ["drop=0", /not a whole number/],
    ["drop=3:1s", /takes no duration/],
    ["delay=3:soon", /not a duration/],
    ["drop=1,drop=2", /named twice/],
    ["constructor=1", /is no fault/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseFaults(text), failsWith("usage", message)));
  }
});
