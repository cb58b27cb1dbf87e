import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { documentOf, iotb, resultOf } from "../support/measure-cli.js";

describe("the generator accuses itself", { timeout: 120_000 }, () => {
  it("a fleet that works 50 µs on every receipt is found bound: a threshold on time cannot be met by it", async () => {
    const finished = await iotb(
      ["measure", "--local", "-c", "2000", "--warmup", "1", "--threshold", "p99<60s", "--json"],
      { env: { IOTB_RECEIPT_WORK_US: "50" } },
    );
    const result = resultOf(finished);
    assert.equal(finished.code, 7, finished.stdout);
    assert.equal(result.verdict, "invalid");
    assert.equal(result.thresholds[0]?.pass, true, "it is not the threshold that fails");
    assert.match(result.causes.join("\n"), /generator/);
    const { generator } = result;
    assert.ok(generator);
    assert.deepEqual([generator.bound, generator.shards.length, generator.shards[0]?.bound], [true, 1, true]);
    assert.ok(generator.boundBy !== null);
    assert.equal(generator.boundIn?.shard, 0);
    assert.ok(result.broadcasts.some(({ messageId }) => messageId === generator.boundIn?.messageId));
    assert.match(finished.stderr, /IOTB_RECEIPT_WORK_US: .* 50 µs/);
    assert.equal(result.total.missing, 0, "the account does not depend on it");
  });

  it("a burden that is no number is refused before anything is connected", async () => {
    for (const burden of ["50x", "-1", "1e3", "2000000"]) {
      const finished = await iotb(["measure", "--local", "-c", "1", "--json"], {
        env: { IOTB_RECEIPT_WORK_US: burden },
      });
      assert.equal(finished.code, 2, burden);
      assert.match(String(documentOf(finished)["message"]), /IOTB_RECEIPT_WORK_US/);
    }
  });

  it("a calibration tells this machine's floor with the same fleet, and the run is measured as ever", async () => {
    const finished = await iotb([
      ...["measure", "--local", "-c", "60", "--workers", "2", "--broadcasts", "2", "--calibrate", "--json"],
      ...["--topic", "/ext/rrpc/%c"],
    ]);
    const { calibration, total, fleet } = resultOf(finished);
    assert.equal(finished.code, 0, finished.stderr);
    assert.ok(calibration);
    assert.deepEqual([calibration.devices, calibration.processes], [60, 2]);
    const { p50, p99, max } = calibration.floorMs;
    assert.ok(p50 !== null && p99 !== null && max !== null && 0 < p50 && p50 <= p99 && p99 <= max);
    assert.ok((calibration.deliveriesPerSecond ?? 0) > 0);
    assert.deepEqual([total.delivered, total.missing, fleet?.online], [120, 0, 60]);
    assert.match(finished.stderr, /calibration: 60 devices/);
  });

  it("without one there is none", async () => {
    const finished = await iotb(["measure", "--local", "-c", "2", "--broadcasts", "1", "--json"]);
    assert.equal(resultOf(finished).calibration, null);
  });
});
