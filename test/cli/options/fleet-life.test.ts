import assert from "node:assert/strict";
import { test } from "node:test";
import { type LiveMeasureOptions, MEASURE_FLAGS, parseMeasureOptions } from "../../../src/cli/options/measure.js";
import { failsWith } from "../../support/cli-fails-with.js";
import { typed } from "../../support/cli-flags.js";

const fleetOf = (given: Record<string, string>): LiveMeasureOptions["fleet"] => {
  const options = parseMeasureOptions([], typed(MEASURE_FLAGS, { local: "true", ...given }));
  assert.ok(options.kind === "live");
  return options.fleet;
};

test("without a word a fleet connects at its full rate and lives quietly", () => {
  assert.deepEqual(fleetOf({}).life, { ramp: null, churn: null, publishEvery: null, roughFlag: null });
});

test("a ramp is linear unless it says otherwise", () => {
  for (const [text, shape, duration] of [
    ["30s", "linear", 30e6],
    ["linear:500ms", "linear", 0.5e6],
    ["Exponential: 2m", "exponential", 120e6],
  ] as const) {
    assert.deepEqual(fleetOf({ connrate: "100/s", ramp: text }).life.ramp, { shape, duration });
  }
});

test("a ramp needs a rate, given or the target's own", () => {
  assert.throws(() => fleetOf({ ramp: "30s" }), failsWith("usage", /--ramp needs a rate .* as fast as it goes/));
  assert.throws(() => fleetOf({ ramp: "30s", "connect-interval": "0" }), failsWith("usage", /--ramp needs a rate/));
  assert.equal(fleetOf({ ramp: "30s", quota: "real" }).connectRate, 450);
});

test("churn makes devices come back, in measure too, and cannot be had without", () => {
  const { reconnect, life } = fleetOf({ churn: "5%/s" });
  assert.deepEqual(
    [reconnect, life.churn, life.roughFlag],
    ["backoff", { kind: "fraction", perSecond: 0.05 }, "--churn"],
  );
  assert.throws(
    () => fleetOf({ churn: "5%/s", reconnect: "off" }),
    failsWith("usage", /--churn and --reconnect off contradict/),
  );
});

test("telemetry keeps to what a device may send in a second", () => {
  const { life, reconnect } = fleetOf({ "publish-every": "34ms" });
  assert.deepEqual([life.publishEvery, life.roughFlag, reconnect], [34_000, "--publish-every", "off"]);
  assert.throws(
    () => fleetOf({ "publish-every": "33ms" }),
    failsWith("usage", /"33ms" is too often: a device may send 30 a second/),
  );
  assert.throws(() => fleetOf({ "publish-every": "0" }), failsWith("usage", /too often/));
});

for (const ramp of ["", "0", "0s", "quadratic:30s", "linear:", "linear", "30s:linear", "-1s"]) {
  test(`refuses the ramp ${JSON.stringify(ramp)}`, () => {
    assert.throws(() => fleetOf({ connrate: "1/s", ramp }), failsWith("usage", /is not a ramp/));
  });
}
