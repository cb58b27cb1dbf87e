import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { documentOf, iotb, resultOf } from "../support/measure-cli.js";
import { startMqttProxy } from "../support/measure-mqtt-proxy.js";
import { type MeasureStage, nameOf, startStage } from "../support/measure-platform-stage.js";

const COUNT = 10;

describe("thresholds", { timeout: 240_000 }, () => {
  let stage: MeasureStage;
  before(async () => {
    stage = await startStage(COUNT);
  });
  after(() => stage[Symbol.asyncDispose]());

  const measure = (thresholds: readonly string[], ...flags: string[]) =>
    iotb([
      ...[
        "measure",
        "--devices",
        stage.devicesFile,
        ...stage.target(),
        "--drain",
        "500ms",
        "--linger",
        "50ms",
        "--json",
      ],
      ...thresholds.flatMap((threshold) => ["--threshold", threshold]),
      ...flags,
    ]);

  it("that are met pass, each with what was observed", async () => {
    const finished = await measure(["missing", "delivered>=99.9%", "online==100%", "duplicates:0", "delivered==10"]);
    const result = resultOf(finished);
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(
      result.thresholds.map(({ expression, observed, pass }) => [expression, observed, pass]),
      [
        ["missing", 0, true],
        ["delivered>=99.9%", 100, true],
        ["online==100%", 100, true],
        ["duplicates:0", 0, true],
        ["delivered==10", 10, true],
      ],
    );
  });

  it("that are not met end with 99", async () => {
    const finished = await measure(["delivered==9"]);
    const result = resultOf(finished);
    assert.equal(finished.code, 99);
    assert.equal(result.verdict, "fail");
    assert.deepEqual(result.thresholds, [{ expression: "delivered==9", observed: 10, pass: false }]);
    assert.equal(result.causes.length, 1);
  });

  it("on time are held against the total; a saturated generator makes them void, never met", async () => {
    const finished = await measure(["max<1us", "coverage(50%)<1us"]);
    const result = resultOf(finished);
    const bound = result.generator?.bound === true;
    assert.equal(finished.code, bound ? 7 : 99);
    assert.equal(result.verdict, bound ? "invalid" : "fail");
    const [max, coverage] = result.thresholds;
    assert.deepEqual([max?.observed, max?.pass], [result.total.latencyMs.max, false]);
    assert.deepEqual([coverage?.observed, coverage?.pass], [result.total.coverageMs.p50, false]);
  });

  it("stand beside a failed delivery: its exit code counts, both causes are listed", async () => {
    const lost = nameOf(stage.devices, 0);
    await using proxy = await startMqttProxy(stage.mqtt, ({ deviceName }) => (deviceName === lost ? "drop" : "pass"));
    const finished = await iotb([
      ...["measure", "--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url })],
      ...["--drain", "500ms", "--json", "--threshold", "delivered==100%"],
    ]);
    const { causes } = resultOf(finished);
    assert.equal(finished.code, 6);
    assert.equal(causes.length, 2);
    assert.match(causes[0] ?? "", /^missing: 1/);
    assert.match(causes[1] ?? "", /^threshold delivered==100% not met: 90/);
  });

  for (const [what, threshold, why] of [
    [
      "a percentile that so few samples cannot tell",
      "p999<500ms",
      /10 deliveries cannot tell this percentile, it takes 1000/,
    ],
    ["api.p99 of one call", "api.p99<1s", /cannot tell this percentile/],
    ["a name that does not exist", "p42<1s", /there is no "p42"/],
    ["no condition at all", "p99<", /not a condition/],
    ["a share as a time", "p90<5%", /a time takes/],
  ] as const) {
    it(`refuses ${what} before it starts`, async () => {
      const finished = await measure([threshold]);
      assert.equal(finished.code, 2);
      assert.match(String(documentOf(finished)["message"]), why);
      assert.equal(finished.stderr, "", "nothing was started, not even a target was named");
    });
  }
});
