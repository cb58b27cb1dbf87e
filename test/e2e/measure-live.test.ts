import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import { documentOf, iotb, onlyBroadcast, resultOf, startIotb } from "../support/measure-cli.js";
import { csvOf, startStage, tempDirectory } from "../support/measure-platform-stage.js";
import { triplets } from "../support/platform-start.js";

const BROADCAST_KEYS =
  "messageId sentAtUs acceptedAtUs apiMs expected delivered missing excused unknown duplicates latecomers strays corrupt missingDevices latencyMs coverageMs spreadMs deliveriesPerSecond".split(
    " ",
  );
const TOTAL_KEYS =
  "expected delivered missing excused unknown duplicates latecomers strays corrupt latencyMs coverageMs apiMs foreign".split(
    " ",
  );

const assertKeys = (of: object, keys: readonly string[]): void => {
  for (const key of keys) assert.ok(Object.hasOwn(of, key), `${key} is missing`);
};

const accounts = ({ broadcasts }: MeasureResult) =>
  broadcasts.map(({ expected, delivered, missing, excused, strays }) => [
    expected,
    delivered,
    missing,
    excused,
    strays,
  ]);

describe("iotb measure --local", { timeout: 240_000 }, () => {
  it("proves that 300 devices got five broadcasts, in the document of the contract", async () => {
    const finished = await iotb(["measure", "--local", "-c", "300", "--linger", "100ms", "--json"]);
    const result = resultOf(finished);
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(result.verdict, "pass");
    assert.deepEqual(
      accounts(result),
      Array.from({ length: 5 }, () => [300, 300, 0, 0, 0]),
    );
    assertKeys(result, "schema verdict target fleet broadcasts total generator clock thresholds causes".split(" "));
    assert.equal(result.target.kind, "local");
    assertKeys(result.fleet ?? {}, ["requested", "online", "connectMs", "connectRate"]);
    assertKeys(result.total, TOTAL_KEYS);
    assertKeys(result.total.apiMs, ["min", "p50", "p99", "max"]);
    assertKeys(result.generator ?? {}, ["eventLoopDelayMs", "cpuCores", "bound"]);
    assertKeys(result.generator?.eventLoopDelayMs ?? {}, ["p99", "max"]);
    for (const broadcast of result.broadcasts) {
      assertKeys(broadcast, BROADCAST_KEYS);
      assertKeys(broadcast.latencyMs, ["min", "mean", "p50", "p90", "p95", "p99", "p999", "max"]);
      assertKeys(broadcast.coverageMs, ["p50", "p90", "p99", "p999", "p100"]);
      assert.match(broadcast.messageId, /^\d{19}$/);
      assert.ok(Number.isSafeInteger(broadcast.sentAtUs) && broadcast.sentAtUs <= broadcast.acceptedAtUs);
      const { min, p50, p99, p999, max } = broadcast.latencyMs;
      assert.ok(min !== null && p50 !== null && p99 !== null && max !== null);
      assert.ok(0 < min && min <= p50 && p50 <= p99 && p99 <= max);
      assert.equal(p999, null, "300 samples tell no 99.9th percentile");
      assert.equal(broadcast.coverageMs.p100, max);
    }
    assert.equal(new Set(result.broadcasts.map(({ messageId }) => messageId)).size, 5);
    assert.match(finished.stderr, /^target LOCAL /);
  });

  it("tells all of it in words, without colours and on one screen", async () => {
    const finished = await iotb(["measure", "--local", "-c", "100", "--broadcasts", "3", "--linger", "50ms"]);
    assert.equal(finished.code, 0, finished.stderr);
    const { stdout } = finished;
    assert.match(stdout, /^fleet +100\/100 online in /m);
    assert.equal(stdout.match(/^[123] +\d{19} +100\/100 /gm)?.length, 3);
    for (const part of ["latency", "coverage", "account", "generator", "verdict", "next"]) {
      assert.match(stdout, new RegExp(`^${part} `, "m"));
    }
    assert.match(stdout, /expected 300 = delivered 300 \+ missing 0 \+ excused 0 \+ unknown 0/);
    assert.match(stdout, /^verdict +PASS/m);
    assert.ok(!stdout.includes("\u001b"), "no colours where nobody looks");
    assert.ok(stdout.trimEnd().split("\n").length <= 24);
  });

  it("says nothing on stderr with --quiet", async () => {
    const { code, stdout, stderr } = await iotb(["measure", "--local", "-c", "3", "--broadcasts", "1", "--quiet"], {
      env: { NO_COLOR: "1" },
    });
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /PASS/);
  });

  it("starts and sends nothing with --dry-run", async () => {
    const finished = await iotb([
      "measure",
      "--local",
      "-c",
      "50",
      "--workers",
      "2",
      "--warmup",
      "1",
      "--dry-run",
      "--json",
    ]);
    const plan = documentOf(finished);
    assert.equal(finished.code, 0);
    assert.equal(finished.stderr, "", "not even a target: nothing was started");
    assert.deepEqual([plan["schema"], plan["devices"], plan["processes"], plan["calls"]], ["iotb.plan/1", 50, 2, 6]);
  });

  it("keeps the times of warm-ups out of the total and their account in it", async () => {
    const flags = ["-c", "4", "--broadcasts", "2", "--warmup", "1", "--linger", "50ms", "--json"];
    const finished = await iotb(["measure", "--local", ...flags]);
    const { broadcasts, total } = resultOf(finished);
    assert.equal(finished.code, 0);
    assert.deepEqual(
      broadcasts.map(({ warmup }) => warmup),
      [true, false, false],
    );
    assert.equal(total.delivered, 12);
    const [, ...timed] = broadcasts.map(({ latencyMs }) => latencyMs.max ?? 0);
    assert.equal(total.latencyMs.max, Math.max(...timed));
  });

  it("tells overlapping broadcasts apart, in the order sent", async () => {
    const flags = ["-c", "20", "--broadcasts", "15", "--interval", "30ms", "--linger", "300ms", "--json"];
    const finished = await iotb(["measure", "--local", ...flags]);
    const result = resultOf(finished);
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(
      accounts(result),
      Array.from({ length: 15 }, () => [20, 20, 0, 0, 0]),
    );
    const sent = result.broadcasts.map(({ sentAtUs }) => sentAtUs);
    assert.deepEqual(
      sent,
      sent.toSorted((a, b) => a - b),
    );
    const due = result.broadcasts.map(({ dueAtUs }) => dueAtUs);
    due.forEach((at, i) => {
      assert.equal(at - (due[0] ?? 0), i * 30_000, "a call that starts late keeps its due time");
    });
    assert.doesNotMatch(finished.stderr, /warning/i);
  });

  it("measures with MQTT.js as with its own client", async () => {
    const flags = ["-c", "10", "--engine", "mqttjs", "--broadcasts", "2", "--linger", "50ms", "--json"];
    const finished = await iotb(["measure", "--local", ...flags]);
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(resultOf(finished).total.delivered, 20);
  });

  it("adds three processes up to one account", async () => {
    const flags = ["-c", "100", "--workers", "3", "--broadcasts", "2", "--linger", "50ms", "--json"];
    const finished = await iotb(["measure", "--local", ...flags]);
    const result = resultOf(finished);
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(result.fleet?.processes, 3);
    assert.deepEqual(accounts(result), [
      [100, 100, 0, 0, 0],
      [100, 100, 0, 0, 0],
    ]);
    assert.notEqual(result.broadcasts[0]?.latencyMs.p90, null);
  });

  it("sends what stdin holds, and refuses what is no JSON", async () => {
    const flags = ["measure", "-", "--local", "-c", "2", "--broadcasts", "1", "--linger", "50ms", "--json"];
    const good = await iotb(flags, { input: '{"from":"stdin"}' });
    assert.equal(good.code, 0, good.stderr);
    const bad = await iotb(flags, { input: "{" });
    assert.equal(bad.code, 2);
    assert.equal(documentOf(bad)["schema"], "iotb.error/1");
  });

  it("says so on stderr when its document cannot be written", { skip: !existsSync("/dev/full") }, async () => {
    await using full = await open("/dev/full", "w");
    const flags = ["-c", "2", "--broadcasts", "1", "--linger", "50ms", "--json"];
    const { code, stderr } = await iotb(["measure", "--local", ...flags], { stdout: full.fd });
    assert.equal(code, 2);
    assert.match(stderr, /^error: \(stdout\): no space left/m);
  });

  it("ends when nobody reads its stdout any more", async () => {
    await using run = startIotb(["measure", "--local", "-c", "3", "--broadcasts", "100", "--linger", "50ms"]);
    await run.saw("stdout", /^1 +\d{19}/m);
    run.child.stdout?.destroy();
    const { code, stderr } = await run.ended;
    assert.equal(code, 130);
    assert.doesNotMatch(stderr, /EPIPE|error|at .*\.js/i);
  });
});

describe("the rows of the CSV", { timeout: 240_000 }, () => {
  it("may stand in any order", async () => {
    await using stage = await startStage(40);
    const shuffled = await stage.writeDevices("shuffled.csv", stage.devices.toReversed());
    const runs = [];
    for (const file of [stage.devicesFile, shuffled]) {
      const flags = ["--devices", file, ...stage.target(), "--workers", "2", "--linger", "50ms", "--json"];
      runs.push(accounts(resultOf(await iotb(["measure", ...flags]))));
    }
    assert.deepEqual(runs[0], [[40, 40, 0, 0, 0]]);
    assert.deepEqual(runs[1], runs[0]);
    assert.ok((await readFile(shuffled, "utf8")) !== csvOf(stage.devices), "they were in another order");
  });

  it("may be of two products: only the named one's are expected, the others get nothing", async () => {
    const devices = [...triplets(5), ...triplets(7, "b9Z8y7X6w5V")];
    await using stage = await startStage(0, devices);
    const flags = ["--devices", stage.devicesFile, ...stage.target(), "--linger", "200ms", "--json"];
    const finished = await iotb(["measure", ...flags, "--product-key", "b9Z8y7X6w5V"]);
    const result = resultOf(finished);
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(result.fleet?.online, 12);
    assert.deepEqual(accounts(result), [[7, 7, 0, 0, 0]]);
    assert.equal(onlyBroadcast(result).strays, 0);
    const unnamed = await iotb(["measure", ...flags]);
    assert.equal(unnamed.code, 2);
    assert.match(String(documentOf(unnamed)["message"]), /2 products/);
  });

  it("may not be read at all: nothing is started", async () => {
    await using directory = await tempDirectory();
    const finished = await iotb(["measure", "--local", "--devices", `${directory.path}/none.csv`, "--json"]);
    assert.equal(finished.code, 2);
    assert.equal(documentOf(finished)["code"], "bad-input-file");
  });
});
