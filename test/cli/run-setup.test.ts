import assert from "node:assert/strict";
import { it } from "node:test";
import { MEASURE_FLAGS, parseMeasureOptions } from "../../src/cli/options/measure.js";
import { runSetup } from "../../src/cli/run-setup.js";
import { typed } from "../support/cli-flags.js";

const setupOf = (given: Record<string, string>) => {
  const options = parseMeasureOptions([], typed(MEASURE_FLAGS, { local: "true", ...given }));
  assert.ok(options.kind === "live");
  const endpoints = [{ protocol: "mqtt" }, { protocol: "mqtts" }, { protocol: "mqtt" }] as const;
  return runSetup(options, { body: new Uint8Array(27), endpoints, engine: "lean" });
};

it("a run's set-up says what shapes its times", () => {
  assert.deepEqual(setupOf({}), {
    payloadBytes: 27,
    qos: 0,
    transport: "mqtt mqtts",
    engine: "lean",
    intervalMs: null,
    faults: null,
    quota: "auto",
    churn: null,
    telemetry: null,
    scenario: null,
  });
  const { intervalMs, faults, churn, telemetry, qos } = setupOf({
    interval: "2s",
    fault: "drop=3,delay=5:800ms",
    churn: "5%/s",
    "publish-every": "10s",
    qos: "1",
  });
  assert.deepEqual([intervalMs, churn, telemetry, qos], [2000, "5%/s", "every 10000 ms", 1]);
  assert.equal(faults, setupOf({ fault: "delay=5:0.8s, drop=3" }).faults);
  assert.match(faults ?? "", /^delay=5:800ms,drop=3/);
});

it("a scenario is a part of it, and of what it takes and when", () => {
  assert.equal(setupOf({ scenario: "reconnect-storm" }).scenario, "reconnect-storm:20% at -500 ms");
  assert.equal(setupOf({ scenario: "late-joiners:7", "scenario-at": "1s" }).scenario, "late-joiners:7 at 1000 ms");
});
