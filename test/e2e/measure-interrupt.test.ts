import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { documentOf, resultOf, startIotb } from "../support/measure-cli.js";
import { startMqttProxy } from "../support/measure-mqtt-proxy.js";
import { nameOf, startStage } from "../support/measure-platform-stage.js";
import { startPopProxy } from "../support/measure-pop-proxy.js";
import { endOf, LONG_RUN, pidsOf, platformPid } from "../support/measure-processes.js";

describe("Ctrl-C", { timeout: 240_000 }, () => {
  it("once drains, reports what was seen and exits with 130", async () => {
    await using run = startIotb(LONG_RUN);
    const pids = [...(await pidsOf(run, 2)), await platformPid(run)];
    await run.saw("stdout", /^2 +\d{19} +20\/20/m);
    // as a terminal does it: every process of the group gets it
    for (const pid of pids) process.kill(pid, "SIGINT");
    run.kill("SIGINT");
    const { code, signal, stdout, stderr } = await endOf(run, pids);
    assert.deepEqual([code, signal], [130, null]);
    assert.match(stderr, /press Ctrl-C again/);
    assert.match(stdout, /^account +expected [0-9]+ = /m);
    assert.match(stdout, /^verdict +INTERRUPTED$/m);
    assert.match(stdout, /missing 0 \+ excused 0 \+ unknown 0/);
  });

  it("waits for a broadcast in flight, and counts what is missing", async () => {
    await using stage = await startStage(5);
    const lost = nameOf(stage.devices, 3);
    await using proxy = await startMqttProxy(stage.mqtt, ({ deviceName }) => (deviceName === lost ? "drop" : "pass"));
    await using api = await startPopProxy(stage.pop);
    await using run = startIotb([
      ...["measure", "--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url, pop: api.url })],
      ...["--broadcasts", "9", "--drain", "1s", "--json"],
    ]);
    await api.answered("PubBroadcast", 1);
    run.kill("SIGINT");
    const finished = await run.ended;
    const result = resultOf(finished);
    assert.equal(finished.code, 130);
    assert.equal(result.verdict, "interrupted");
    assert.deepEqual(
      result.broadcasts.map(({ delivered, missingDevices }) => [delivered, missingDevices]),
      [[4, [lost]]],
    );
    assert.equal(result.causes.length, 2, "both are told: interrupted, and missing");
  });

  it("while the fleet connects reports an interrupted run", async () => {
    await using run = startIotb(["measure", "--local", "-c", "50", "-R", "1/s", "--json", "--verbose"]);
    const pids = [...(await pidsOf(run, 1)), await platformPid(run)];
    run.kill("SIGINT");
    const finished = await endOf(run, pids);
    assert.equal(finished.code, 130);
    assert.equal(resultOf(finished).verdict, "interrupted");
  });

  it("twice leaves at once, and leaves nothing behind", async () => {
    await using stage = await startStage(3);
    const lost = nameOf(stage.devices, 0);
    await using proxy = await startMqttProxy(stage.mqtt, ({ deviceName }) => (deviceName === lost ? "drop" : "pass"));
    await using api = await startPopProxy(stage.pop);
    await using run = startIotb([
      ...["measure", "--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url, pop: api.url })],
      ...["--drain", "10m"],
    ]);
    await api.answered("PubBroadcast", 1);
    run.kill("SIGINT");
    await run.saw("stderr", /press Ctrl-C again/);
    run.kill("SIGINT");
    // its children hold its stderr: this resolves only when the last of them is gone
    const { code } = await run.ended;
    assert.equal(code, 130);
  });

  it("ends devices simulate with a whole recording and its summary", async () => {
    await using stage = await startStage(4);
    const fleet = ["--devices", stage.devicesFile, ...stage.target(), "--workers", "2"];
    const file = join(stage.dir, "receipts.ndjson");
    await using run = startIotb(["devices", "simulate", ...fleet, "--receipts", file, "--json"]);
    await run.saw("stderr", /online 4\/4/);
    run.kill("SIGINT");
    const finished = await run.ended;
    assert.equal(finished.code, 130);
    assert.equal(documentOf(finished)["online"], 4);
    const last = (await readFile(file, "utf8")).trimEnd().split("\n").at(-1) ?? "";
    assert.deepEqual(JSON.parse(last), { schema: "iotb.end/1", presences: 8, receipts: 0 });
  });
});
