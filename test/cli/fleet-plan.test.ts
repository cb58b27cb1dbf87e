import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffOf, fleetPlan } from "../../src/cli/fleet-plan.js";
import { MEASURE_FLAGS, parseMeasureOptions } from "../../src/cli/options/measure.js";
import { LOCAL_BACKOFF, REMOTE_BACKOFF } from "../../src/domain/backoff.js";
import { typed } from "../support/cli-flags.js";

const planOf = (given: Record<string, string>) => {
  const options = parseMeasureOptions([], typed(MEASURE_FLAGS, { local: "true", ...given }));
  assert.ok(options.kind === "live");
  return fleetPlan(options.fleet, options.target, false);
};

test("five logins a minute hold where the guards do, and where the platform keeps the real quotas", () => {
  assert.equal(backoffOf({ quota: "auto" }, false), LOCAL_BACKOFF);
  assert.equal(backoffOf({ quota: "off" }, true), REMOTE_BACKOFF);
  assert.equal(planOf({}).backoff, LOCAL_BACKOFF);
  assert.equal(planOf({ quota: "real" }).backoff, REMOTE_BACKOFF);
});

test("a fleet's plan is plain data: what its processes are told", () => {
  const plan = planOf({ connrate: "100/s", ramp: "10s", churn: "5/s", "publish-every": "2s" });
  assert.deepEqual(structuredClone(plan), plan);
  assert.deepEqual(
    [plan.pace, plan.churn, plan.publishEvery, plan.reconnect],
    [{ perSecond: 100, ramp: { shape: "linear", duration: 10e6 } }, { kind: "count", perSecond: 5 }, 2e6, true],
  );
  assert.deepEqual(planOf({}).pace, { perSecond: Number.POSITIVE_INFINITY, ramp: null });
});
