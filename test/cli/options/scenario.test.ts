import assert from "node:assert/strict";
import { test } from "node:test";
import { type LiveMeasureOptions, MEASURE_FLAGS, parseMeasureOptions } from "../../../src/cli/options/measure.js";
import { checkScenarioSize } from "../../../src/cli/options/scenario.js";
import { failsWith } from "../../support/cli-fails-with.js";
import { typed } from "../../support/cli-flags.js";

const parse = (given: Record<string, string>, env: Record<string, string> = {}): LiveMeasureOptions => {
  const options = parseMeasureOptions([], typed(MEASURE_FLAGS, { local: "true", ...given }, env));
  assert.ok(options.kind === "live");
  return options;
};

test("without a word there is no scenario", () => {
  const { scenario, fleet } = parse({});
  assert.deepEqual([scenario, fleet.reconnect], [null, "off"]);
});

test("a scenario's devices come back, and its host's operator must agree", () => {
  const { scenario, fleet } = parse({ scenario: "reconnect-storm:30%", "scenario-at": "-2s" });
  assert.deepEqual(scenario?.scenario, {
    kind: "reconnect-storm",
    share: { kind: "fraction", fraction: 0.3 },
    at: -2_000_000,
  });
  assert.deepEqual([fleet.reconnect, fleet.life.roughFlag], ["backoff", "--scenario"]);
  assert.equal(parse({ scenario: "late-joiners", "publish-every": "1s" }).fleet.life.roughFlag, "--publish-every");
});

test("its own cuts are forgiven unless a limit is given, also where it is the default's number", () => {
  assert.equal(parse({ scenario: "reconnect-storm" }).scenario?.forgiven, true);
  assert.equal(parse({ scenario: "reconnect-storm", "allow-excused": "0" }).scenario?.forgiven, false);
  assert.equal(parse({ scenario: "reconnect-storm" }, { IOTB_ALLOW_EXCUSED: "5%" }).scenario?.forgiven, false);
});

test("what a scenario does not go with", () => {
  const storm = { scenario: "reconnect-storm" };
  for (const [given, message] of [
    [{ ...storm, churn: "5%/s" }, /--scenario and --churn contradict/],
    [{ ...storm, interval: "1s" }, /--scenario and --interval contradict/],
    [{ ...storm, reconnect: "off" }, /--scenario and --reconnect off contradict/],
    [{ "scenario-at": "1s" }, /--scenario-at is the moment of a scenario, and there is none/],
  ] as const) {
    assert.throws(() => parse(given), failsWith("usage", message));
  }
  assert.equal(parse({ ...storm, reconnect: "backoff" }).fleet.reconnect, "backoff");
  const recorded = { receipts: "r", log: "l" };
  for (const more of [storm, { "scenario-at": "1s" }] as const) {
    assert.throws(
      () => parseMeasureOptions([], typed(MEASURE_FLAGS, { ...recorded, ...more })),
      failsWith("usage", /--scenario(-at)? and recorded files contradict/),
    );
  }
});

test("it takes no more devices than there are", () => {
  const { scenario } = parse({ scenario: "late-joiners:50" });
  assert.ok(scenario);
  checkScenarioSize(scenario, 50);
  assert.throws(() => checkScenarioSize(scenario, 49), failsWith("usage", /takes 50 devices, and the fleet has 49/));
});
