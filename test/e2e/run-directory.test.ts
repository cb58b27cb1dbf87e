import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { LatencySummary } from "../../src/domain/summary.js";
import { readRunDirectory } from "../../src/files/run-directory.js";
import { startPlatformProgram } from "../support/e2e-platform.js";
import { runIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";
import { httpCall } from "../support/http-call.js";
import { assertKeepsTo } from "../support/json-schema.js";
import { correlateAgain, receiptsOf } from "../support/run-cli.js";

const DRAIN = ["--drain", "700ms"];

/** Recorded times are whole µs, and a latency has two of them. */
const assertNear = (one: LatencySummary, other: LatencySummary): void => {
  for (const key of ["min", "p50", "p90", "p99", "max"] as const) {
    const [a, b] = [one[key], other[key]];
    assert.equal(a === null, b === null, key);
    // percentiles have three digits: a µs may move one to the next bucket
    if (a !== null && b !== null) assert.ok(Math.abs(a - b) <= Math.max(0.002, a * 0.002), `${key}: ${a} and ${b}`);
  }
};

describe("the directory of a live run", { timeout: 120_000 }, () => {
  it("names the devices that the platform's ledger names, and its receipts tell the same again", async () => {
    using scratch = new Scratch();
    const devices = scratch.at("devices.csv");
    assert.equal((await runIotb(["devices", "generate", "-c", "60", "--output", devices])).code, 0);
    const faults = "drop=3,duplicate=2,corrupt=2,stray=2,disconnect=4";
    await using platform = await startPlatformProgram({ devices, args: ["--fault", faults, "--fault-seed", "5"] });
    const { mqtt, pop } = platform.ready;
    const target = ["-h", mqtt, "--endpoint", pop, "--devices", devices];
    const out = scratch.at("runs", "one");
    const run = await runIotb(["measure", "--json", ...target, "--broadcasts", "2", ...DRAIN, "--out", out]);
    assert.equal(run.code, 6, run.stderr);
    const { summary, account, manifest } = await readRunDirectory(out);
    assert.deepEqual(summary, JSON.parse(run.stdout), "summary.json is what was printed");

    const { entries } = JSON.parse((await httpCall(`${pop}/_iotb/faults`)).text) as {
      entries: { kind: string; number: number; devices: string[] }[];
    };
    const named = (kind: string) =>
      [...new Set(entries.filter((entry) => entry.kind === kind).flatMap((entry) => entry.devices))]
        .map((device) => device.split("/")[1])
        .sort();
    const listed = (file: string) =>
      readFileSync(`${out}/${file}`, "utf8")
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split(",")[0])
        .sort();
    assert.deepEqual(listed("missing.csv"), named("drop"));
    assert.deepEqual(listed("strays.csv"), named("stray"));
    assert.ok(listed("excused.csv").length >= 4);

    const again = await correlateAgain(out, DRAIN);
    const counts = ({
      expected,
      delivered,
      missing,
      excused,
      unknown,
      duplicates,
      latecomers,
      strays,
      corrupt,
    }: typeof again.total) => ({
      expected,
      delivered,
      missing,
      excused,
      unknown,
      duplicates,
      latecomers,
      strays,
      corrupt,
    });
    assert.deepEqual(counts(again.total), counts(summary.total));
    for (const [i, broadcast] of summary.broadcasts.entries()) {
      const other = again.broadcasts[i];
      assert.ok(other);
      for (const key of ["missingDevices", "excusedDevices", "strayDevices", "duplicateDevices"] as const) {
        assert.deepEqual([...other[key]].sort(), [...broadcast[key]].sort(), key);
      }
      assertNear(other.latencyMs, broadcast.latencyMs);
    }
    assert.deepEqual(
      again.warnings.filter((warning) => warning.includes("cut")),
      [],
    );

    assertKeepsTo("measure-1", summary, again);
    assertKeepsTo("run-1", manifest);
    assertKeepsTo("account-1", account);
    assertKeepsTo("receipts-1", ...receiptsOf(out), ...scratch.records("runs/one/broadcasts.ndjson"));
    assert.equal(manifest.seeds.devices, null);
  });

  it("holds no secret, and can be replayed from its list of the missing", async () => {
    using scratch = new Scratch();
    const devices = scratch.at("devices.csv");
    assert.equal((await runIotb(["devices", "generate", "-c", "20", "--output", devices])).code, 0);
    const secrets = readFileSync(devices, "utf8")
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",")[1] ?? "");
    assert.ok(secrets.every((secret) => /^[0-9a-f]{32}$/.test(secret)));
    const accessKey = "iotb-canary:canary-secret-2f81";
    await using platform = await startPlatformProgram({ devices, accessKey, args: ["--fault", "drop=2"] });
    const { mqtt, pop } = platform.ready;
    const env = {
      ALIBABA_CLOUD_ACCESS_KEY_ID: "iotb-canary",
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: "canary-secret-2f81",
    };
    const target = ["measure", "--json", "-h", mqtt, "--endpoint", pop, "--devices", devices, ...DRAIN];
    const run = await runIotb([...target, "--out", scratch.at("run"), "--verbose"], { env });
    assert.equal(run.code, 6, run.stderr);
    const texts = scratch.everything().filter(({ name }) => name.startsWith("run/"));
    texts.push({ name: "receipts", text: JSON.stringify(receiptsOf(scratch.at("run"))) });
    for (const { name, text } of texts) {
      for (const secret of [...secrets, "canary-secret-2f81"]) assert.ok(!text.includes(secret), name);
    }
    assert.match(scratch.read("run/log.txt"), /Z {2}target LOCAL /);
    assert.match(scratch.read("run/log.txt"), /drain = 700ms \(--drain\)/);

    const missed = [...target, "--only", scratch.at("run", "missing.csv"), "--out", scratch.at("missed")];
    await runIotb(missed, { env });
    assert.equal((await readRunDirectory(scratch.at("missed"))).summary.fleet?.requested, 2);
  });

  it("says how a run ended that sent nothing", async () => {
    using scratch = new Scratch();
    const out = scratch.at("run");
    const args = [
      "measure",
      "--json",
      "--local",
      "-c",
      "20",
      "--fault",
      "refuse=5",
      "--connect-timeout",
      "1s",
      "--out",
      out,
    ];
    const run = await runIotb(args);
    assert.equal(run.code, 5, run.stderr);
    const { summary, account } = await readRunDirectory(out);
    assert.equal(summary.verdict, "error");
    assert.match(summary.causes.join(), /15 of 20 devices came online/);
    assert.deepEqual(account.broadcasts, []);
    assertKeepsTo("measure-1", summary);
  });

  it("keeps warm-ups apart, and a subscribed broadcast's receipts on its topic", async () => {
    using scratch = new Scratch();
    const out = scratch.at("run");
    const product = "g6palBDnzyT";
    const topic = `/broadcast/${product}/all`;
    const args = [
      "--local",
      "-c",
      "30",
      "--broadcasts",
      "2",
      "--warmup",
      "1",
      "--topic-full-name",
      topic,
      "--product-key",
      product,
    ];
    const run = await runIotb(["measure", "--json", ...args, "--out", out, "--hdr", scratch.at("total.hgrm")]);
    assert.equal(run.code, 0, run.stderr);
    const { summary, account } = await readRunDirectory(out);
    assert.deepEqual(
      account.broadcasts.map(({ warmup }) => warmup),
      [true, false, false],
    );
    const again = await correlateAgain(out, []);
    assert.deepEqual(
      again.broadcasts.map(({ warmup }) => warmup),
      [true, false, false],
    );
    assert.equal(again.total.delivered, 90);
    assertNear(again.total.latencyMs, summary.total.latencyMs);
    const receipts = receiptsOf(out).filter(({ schema }) => schema === "iotb.receipt/1");
    assert.ok(receipts.every((receipt) => receipt["messageId"] === null && receipt["topic"] === topic));
    assert.equal(scratch.read("total.hgrm"), scratch.read("run/latency.hgrm"));
    assert.match(scratch.read("total.hgrm"), /Total count {4}= {11}60\]/);
  });
});

describe("the directory of recorded files", { timeout: 240_000 }, () => {
  it("holds the account of what was recorded", async () => {
    using scratch = new Scratch();
    assert.equal(
      (await runIotb(["measure", "--local", "-c", "20", "--broadcasts", "1", "--out", scratch.at("live")])).code,
      0,
    );
    const receipts = scratch.write(
      "r.ndjson",
      receiptsOf(scratch.at("live"))
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    );
    const files = ["--receipts", receipts, "--log", scratch.at("live", "broadcasts.ndjson")];
    const run = await runIotb([
      "measure",
      "--json",
      ...files,
      "--out",
      scratch.at("run"),
      "--hdr",
      scratch.at("x.hlog"),
    ]);
    assert.equal(run.code, 0, run.stderr);
    const { summary, account, manifest } = await readRunDirectory(scratch.at("run"));
    assert.equal(summary.target.kind, "recorded");
    assert.equal(account.broadcasts[0]?.counts.delivered, 20);
    assert.equal(manifest.files["receipts.ndjson.gz"], undefined, "the receipts are where they were");
    assert.equal(scratch.read("run/broadcasts.ndjson"), scratch.read("live/broadcasts.ndjson"));
    assert.equal(scratch.read("x.hlog"), scratch.read("run/latency.hlog"));
    assertKeepsTo("measure-1", summary);
    assertKeepsTo("run-1", manifest);
    assertKeepsTo("account-1", account);
  });
});
